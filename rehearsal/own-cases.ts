import { CALLER_HEADER } from '../constructs/federation/plan/envoy';
import type { HttpPermission } from '../constructs/federation/plan/crossing';
import type { AccessPlan, Call } from '../constructs/federation/plan';
import { isCrossing } from '../constructs/federation/plan/services';
import type { Outcome } from './cases/case';
import { type Answer, attempt, call, callHttp2 } from './clients';
import type { Entrance, OpenEntrance, PolicyWorld } from './own-policy';
import type { Echo } from './services';

/** One line of a user's policy, tried: a call that it admits, or one that it does not. */
export interface OwnCase {
  readonly id: string;
  readonly title: string;
  readonly expected: string;
  run(world: PolicyWorld): Promise<Outcome>;
}

/** What is tried of a call. */
type Trial = 'admits' | 'refuses' | 'strangers';

/** The ids of all cases of a policy, which nothing has to run for. */
export function ownCaseIds({ calls }: Pick<AccessPlan, 'calls'>): string[] {
  return calls.flatMap((call) => trialsOf(call).map((trial) => idOf(trial, { call })));
}

function trialsOf(call: Call): readonly Trial[] {
  if (call.caller.kind === 'anyone') return ['admits'];
  return [
    'admits',
    ...(wrongRequests({ call }).length > 0 ? ['refuses' as const] : []),
    ...(isCrossing(call) ? ['strangers' as const] : []),
  ];
}

/** What can be tried of each call: what is admitted, what is not, and strangers where it enters. */
export function ownCases({
  entrances,
  openEntrances,
}: Pick<PolicyWorld, 'entrances' | 'openEntrances'>): OwnCase[] {
  return [
    ...entrances.flatMap((entrance) => [
      ...admitted(entrance),
      ...refused(entrance),
      ...strangers(entrance),
    ]),
    ...openEntrances.map(open),
  ];
}

type Named = Pick<Entrance | OpenEntrance, 'call'>;

function nameOf({ call: { caller, callee } }: Named): string {
  return `${caller.ref} to ${callee.ref}`;
}

function idOf(trial: Trial, { call: { caller, callee } }: Named): string {
  return `${trial}-${caller.ref}-to-${callee.ref}`.replaceAll('/', '.').replace('*', 'anyone');
}

interface Request {
  readonly method: string;
  readonly path: string;
}

function text({ method, path }: Request): string {
  return `${method} ${path}`;
}

/** A request that each entry of a rule admits; any for a rule without. */
function rightRequests({ call: { allow, callee } }: Named): Request[] {
  const method = callee.protocol === 'grpc' ? 'POST' : 'GET';
  return (allow.length === 0 ? [{}] : allow).map(
    ({ methods, pathExact, pathPrefix }: HttpPermission) => ({
      method: methods?.find((one) => one === 'GET') ?? methods?.[0] ?? method,
      path: pathExact ?? pathPrefix ?? '/',
    }),
  );
}

/** The next requests beside what a rule admits: another method, a longer path, one above. */
function wrongRequests({ call }: Named): Request[] {
  const { allow, callee } = call;
  if (allow.length === 0 || callee.protocol === 'tcp') return [];
  const candidates = rightRequests({ call }).flatMap(({ method, path }) => [
    ...['GET', 'POST', 'PUT', 'DELETE', 'PATCH'].map((other) => ({ method: other, path })),
    { method, path: `${path.replace(/\/$/, '')}/beyond` },
    { method, path: '/' },
    { method, path: '/elsewhere' },
  ]);
  const wrong = candidates.filter((request) => !allow.some((one) => permits(one, request)));
  return [...new Map(wrong.map((request) => [text(request), request])).values()];
}

function permits({ methods, pathExact, pathPrefix }: HttpPermission, { method, path }: Request) {
  return (
    (methods?.includes(method) ?? true) &&
    (pathExact === undefined || path === pathExact) &&
    (pathPrefix === undefined || path.startsWith(pathPrefix))
  );
}

function send(
  { port, http2 }: Pick<Entrance, 'port' | 'http2'>,
  request: Request,
): Promise<Answer> {
  return http2 ? callHttp2(port, request) : call(port, request);
}

function admitted(entrance: Entrance): OwnCase[] {
  const { caller } = entrance.call;
  const crosses = isCrossing(entrance.call) && entrance.call.callee.protocol !== 'tcp';
  return [
    {
      id: idOf('admits', entrance),
      title: `${nameOf(entrance)}: what the rule admits`,
      expected: crosses ? '200 for each; the callee is told the caller' : '200 for each',
      async run() {
        const seen: string[] = [];
        let passed = true;
        for (const request of rightRequests(entrance)) {
          const { status, body } = await send(entrance, request);
          const told =
            status === 200 ? (JSON.parse(body) as Echo).headers[CALLER_HEADER] : undefined;
          passed &&= status === 200 && (!crosses || told === entrance.callerId);
          seen.push(`${text(request)}: ${status}${crosses ? `, told ${String(told)}` : ''}`);
        }
        return { passed, seen: `${seen.join('; ')}; as ${caller.ref}` };
      },
    },
  ];
}

function refused(entrance: Entrance): OwnCase[] {
  const wrong = wrongRequests(entrance);
  return wrong.length === 0
    ? []
    : [
        {
          id: idOf('refuses', entrance),
          title: `${nameOf(entrance)}: what it does not admit`,
          expected: '403 for each; nothing reaches the callee',
          async run() {
            const before = entrance.callee.count;
            const answers: string[] = [];
            for (const request of wrong) {
              const { status } = await send(entrance, request);
              answers.push(`${text(request)}: ${status}`);
            }
            const reached = entrance.callee.count - before;
            return {
              passed: answers.every((answer) => answer.endsWith(': 403')) && reached === 0,
              seen: `${answers.join('; ')}; ${reached} requests reached it`,
            };
          },
        },
      ];
}

/** With the certificate of its own mesh in hand, and a foot before the other mesh. */
function strangers(entrance: Entrance): OwnCase[] {
  const { gateway, callee } = entrance;
  if (gateway === undefined) return [];
  const other = entrance.call.callee.mesh;
  const tryWith = async (
    world: PolicyWorld,
    mesh: string,
    spiffeId: string,
    serverName: string,
  ) => {
    const { status, end } = await attempt(gateway.port, {
      serverName,
      leaf: await world.issue(mesh, spiffeId),
    });
    return status ?? end;
  };
  /** Whoever else the policy speaks of in that mesh: the right CA, and yet another's place. */
  const known = async (world: PolicyWorld): Promise<Record<string, number | string>> => {
    const answers: Record<string, number | string> = {};
    for (const [name, spiffeId] of world.identities(gateway.signer)) {
      if (spiffeId === gateway.peer) continue;
      answers[name] = await tryWith(world, gateway.signer, spiffeId, gateway.serverName);
    }
    return answers;
  };
  return [
    {
      id: idOf('strangers', entrance),
      title: `${nameOf(entrance)}: strangers at the ${gateway.by === 'gateway' ? 'gateway' : "border's Service"}`,
      expected:
        'the right certificate gets an answer; no other does, and nothing reaches the callee',
      async run(world) {
        const right = await tryWith(world, gateway.signer, gateway.peer, gateway.serverName);
        const before = callee.count;
        const wrong = {
          ...(await known(world)),
          'another workload': await tryWith(
            world,
            gateway.signer,
            world.stranger(gateway.signer),
            gateway.serverName,
          ),
          'the other CA': await tryWith(world, other, gateway.peer, gateway.serverName),
          'another name': await tryWith(
            world,
            gateway.signer,
            gateway.peer,
            'nowhere.federation.internal',
          ),
        };
        const reached = callee.count - before;
        return {
          passed:
            typeof right === 'number' &&
            Object.values(wrong).every((answer) => typeof answer !== 'number') &&
            reached === 0,
          seen: [
            `right: ${right}`,
            ...Object.entries(wrong).map(([who, answer]) => `${who}: ${answer}`),
            `${reached} requests reached it`,
          ].join('; '),
        };
      },
    },
  ];
}

/** A rule for everybody of a mesh: whom it means, and that no border is among them. */
function open(entrance: OpenEntrance): OwnCase {
  const { call: rule, strangerPort, border, http2, callee } = entrance;
  const crossed = rule.callee.protocol === 'tcp' ? 'no answer' : '403';
  return {
    id: idOf('admits', entrance),
    title: `${nameOf(entrance)}: a workload that no rule names${border === undefined ? '' : `, and the border ${border.name}`}`,
    expected: `200 for what the rule admits${border === undefined ? '' : `; the border gets ${crossed}, and nothing from it reaches the callee`}`,
    async run() {
      const seen: string[] = [];
      let passed = true;
      for (const request of rightRequests(entrance)) {
        const { status } = await send({ port: strangerPort, http2 }, request);
        passed &&= status === 200;
        seen.push(`${text(request)}: ${status}`);
        if (border === undefined) continue;
        const before = callee.count;
        const answer = await send({ port: border.port, http2 }, request).then(
          ({ status }) => String(status),
          () => 'no answer',
        );
        passed &&= answer === crossed && callee.count === before;
        seen.push(`as ${border.name}: ${answer}`);
      }
      return { passed, seen: seen.join('; ') };
    },
  };
}
