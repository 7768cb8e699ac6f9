import { oncePerSetting, type Problem, suggestion } from '../../problems';
import type { HttpPermission } from './crossing';
import { labelProblems } from '../../kubernetes/name-problems';
import { kindOf } from './meshes';
import type { AccessPolicy, AccessRule } from './model';
import { type Call, type CrossCall, grouped, isCrossing, leavesBy, pairs } from './services';

type Path = Problem['path'];

/** What Consul takes; Istio takes any text. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE'];

/** What is wrong with rules, each by itself and beside the others. */
export function ruleProblems(policy: AccessPolicy, calls: readonly Call[]): Problem[] {
  const byCallee = grouped(calls, ({ callee }) => callee);
  return [
    ...policy.rules.flatMap((rule, index) => [
      ...unknownProblems(rule, RULE, ['rules', index]),
      ...(rule.allow === undefined ? [] : allowProblems(rule.allow, ['rules', index, 'allow'])),
    ]),
    ...calls.flatMap((call) => [
      ...callerProblems(policy, call),
      ...protocolProblems(call),
      ...upgradeCallProblems(call),
    ]),
    ...oncePerSetting(
      [...byCallee.values()].flatMap((all) =>
        pairs(all).flatMap(([one, other]) => pairProblems(one, other)),
      ),
    ),
    ...policyNameProblems(calls),
    ...tcpCallerProblems(calls),
    ...wayOutProblems(calls),
    ...[...byCallee].flatMap(([callee, all]) => {
      const crossing = all.filter(isCrossing);
      const callers = new Map(crossing.map(({ caller }) => [caller.mesh, caller]));
      return [
        ...kindOf(callee).calleeProblems(callee, all),
        ...[...callers].flatMap(([mesh, caller]) =>
          kindOf(caller).foreignCalleeProblems(
            callee,
            crossing.filter((call) => call.caller.mesh === mesh),
          ),
        ),
      ];
    }),
  ];
}

const RULE: Readonly<Record<keyof AccessRule, true>> = {
  from: true,
  to: true,
  allow: true,
  anyone: true,
  policyName: true,
};

const PERMISSION: Readonly<Record<keyof HttpPermission, true>> = {
  methods: true,
  pathExact: true,
  pathPrefix: true,
  upgrades: true,
};

/** What nobody reads: a misspelt limit would limit nothing. */
function unknownProblems(
  given: object,
  known: Readonly<Record<string, true>>,
  path: Path,
): Problem[] {
  const names = Object.keys(known);
  return Object.entries(given)
    .filter(([name, value]) => value !== undefined && !names.includes(name))
    .map(([name]) => ({
      path: [...path, name],
      message: `is not known here; ${suggestion(name, names)}`,
    }));
}

function callerProblems(policy: AccessPolicy, { caller, callee, rule }: Call): Problem[] {
  const anyone = policy.rules[rule]?.anyone === true;
  const report = (key: keyof AccessRule, message: string): Problem[] => [
    { path: ['rules', rule, key], message },
  ];
  if (caller.kind === 'anyone') {
    if (caller.mesh !== callee.mesh) {
      return report(
        'from',
        `is every workload of ${caller.mesh}, and a border admits one known identity; name the ` +
          'calling service',
      );
    }
    return anyone
      ? []
      : report(
          'from',
          `is every workload of ${caller.mesh}; name the calling service, or add "anyone: true" if ` +
            'that is what you mean',
        );
  }
  return anyone
    ? report(
        'anyone',
        `contradicts "from: ${caller.ref}", which is one service; leave it out, or write ` +
          `"from: ${caller.mesh}/*"`,
      )
    : [];
}

/** A border tells a request to upgrade from others, and only over HTTP/1.1. The meshes do not. */
function upgradeCallProblems(call: Call): Problem[] {
  const { callee, allow, rule } = call;
  return allow.flatMap(({ upgrades = [] }, index) => {
    if (upgrades.length === 0) return [];
    const path = ['rules', rule, 'allow', index, 'upgrades'];
    if (!isCrossing(call)) {
      return [
        {
          path,
          message:
            'is for calls from one mesh to another: within one, whoever may call may also upgrade; ' +
            'leave it out',
        },
      ];
    }
    return callee.protocol === 'http' || callee.protocol === 'tcp'
      ? []
      : [{ path, message: `${callee.ref} speaks ${callee.protocol}; only http can be upgraded` }];
  });
}

function protocolProblems({ callee, allow, rule }: Call): Problem[] {
  const path = ['rules', rule, 'allow'];
  if (callee.protocol === 'tcp' && allow.length > 0) {
    return [
      {
        path,
        message:
          `${callee.ref} speaks tcp, which has no methods and paths; leave "allow" out, or set the ` +
          'protocol to http, http2 or grpc',
      },
    ];
  }
  const methods = allow.flatMap((permission) => permission.methods ?? []);
  return callee.protocol === 'grpc' && methods.some((method) => method !== 'POST')
    ? [{ path, message: `${callee.ref} speaks gRPC, where every call is a POST; limit the path` }]
    : [];
}

/** What is wrong with two rules about one callee. */
function pairProblems(one: Call, other: Call): Problem[] {
  const path = ['rules', other.rule];
  if (one.caller.ref === other.caller.ref) {
    return [
      {
        path,
        message: sameRequests(one.allow, other.allow)
          ? `repeats rules[${one.rule}]; delete one of them`
          : `contradicts rules[${one.rule}], which limits the same caller and callee otherwise; ` +
            'write one rule that allows it all',
      },
    ];
  }
  const [wide, narrow] = one.caller.kind === 'anyone' ? [one, other] : [other, one];
  return wide.caller.kind === 'anyone' && wide.caller.mesh === narrow.caller.mesh
    ? [
        {
          path,
          message:
            `contradicts rules[${one.rule}]: ${narrow.caller.ref} is one of ${wide.caller.ref}; ` +
            'delete one of them',
        },
      ]
    : [];
}

/** Names that rules give. Those that none gives have dots, and no two the same. */
function policyNameProblems(calls: readonly Call[]): Problem[] {
  const first = new Map<string, Call>();
  return calls.flatMap((call) => {
    const { callee, rule, policyName } = call;
    if (policyName === undefined) return [];
    const path = ['rules', rule, 'policyName'];
    if (!kindOf(callee).namesPolicies) {
      return [
        {
          path,
          message:
            `is "${policyName}", and ${callee.ref} is in ${kindOf(callee).title}, which has no policy for each ` +
            'caller; leave it out',
        },
      ];
    }
    const key = `${callee.mesh} ${callee.namespace} ${policyName}`;
    const other = first.get(key) ?? call;
    first.set(key, other);
    return [
      ...labelProblems(path, policyName),
      ...(other === call
        ? []
        : [
            {
              path,
              message: `is "${policyName}", which rules[${other.rule}] has in ${callee.namespace} too; each needs its own`,
            },
          ]),
    ];
  });
}

/** Nothing on a tcp connection that a sidecar hands to a border says who it is from. */
function tcpCallerProblems(calls: readonly Call[]): Problem[] {
  const first = new Map<string, CrossCall>();
  return calls.filter(isCrossing).flatMap((call) => {
    const { caller, callee, rule } = call;
    if (!leavesBy(caller, 'border') || callee.protocol !== 'tcp') return [];
    const key = `${caller.mesh} ${callee.ref}`;
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, call);
      return [];
    }
    return [
      {
        path: ['rules', rule, 'from'],
        message:
          `${other.caller.ref} calls ${callee.ref} from ${caller.mesh} already, and ` +
          `${kindOf(caller).title}'s sidecar ` +
          'tells the border who calls for HTTP only, not for tcp; let one service call it, or set ' +
          'its protocol to http, http2 or grpc',
      },
    ];
  });
}

/** One name in one namespace: it leads to a border, or callers' sidecars take it to the foreign gateway. */
function wayOutProblems(calls: readonly Call[]): Problem[] {
  const first = new Map<string, CrossCall>();
  return calls.filter(isCrossing).flatMap((call) => {
    const { caller, callee, rule } = call;
    const key = `${caller.mesh} ${caller.namespace} ${callee.ref}`;
    const other = first.get(key) ?? call;
    first.set(key, other);
    return other.caller.out === caller.out && other.caller.formerOut === caller.formerOut
      ? []
      : [
          {
            path: ['rules', rule, 'from'],
            message:
              `calls ${callee.ref} by its ${caller.out}, and ${other.caller.ref} in the same namespace ` +
              `${caller.namespace} by its ${other.caller.out}: one name cannot lead both ways; give them ` +
              'the same "out" and "outFrom", or namespaces of their own',
          },
        ];
  });
}

// ----------------------------------------------------------------------------------------- requests

function allowProblems(allow: readonly HttpPermission[], path: Path): Problem[] {
  if (allow.length === 0) {
    return [
      { path, message: 'is empty and allows nothing; leave it out for every request, or the rule' },
    ];
  }
  return [
    ...allow.flatMap((permission, index) => permissionProblems(permission, [...path, index])),
    ...oncePerSetting(
      pairs(allow.map((permission, index) => ({ key: permissionKey(permission), index })))
        .filter(([one, other]) => one.key === other.key)
        .map(([one, other]) => ({
          path: [...path, other.index],
          message: `repeats allow[${one.index}]; delete one of them`,
        })),
    ),
  ];
}

function permissionProblems(permission: HttpPermission, path: Path): Problem[] {
  const unknown = unknownProblems(permission, PERMISSION, path);
  if (unknown.length > 0) return unknown;
  const { methods, pathExact, pathPrefix, upgrades } = permission;
  if ([methods, pathExact, pathPrefix, upgrades].every((part) => part === undefined)) {
    return [
      {
        path,
        message:
          'limits nothing; give methods, pathExact, pathPrefix or upgrades, or leave "allow" out',
      },
    ];
  }
  return [
    ...(pathExact !== undefined && pathPrefix !== undefined
      ? [{ path, message: 'has both pathExact and pathPrefix; keep one, or write two entries' }]
      : []),
    ...(pathExact === undefined ? [] : pathProblems(pathExact, [...path, 'pathExact'])),
    ...(pathPrefix === undefined ? [] : pathProblems(pathPrefix, [...path, 'pathPrefix'])),
    ...(methods === undefined ? [] : methodProblems(methods, [...path, 'methods'])),
    ...(upgrades === undefined ? [] : upgradeProblems(permission, [...path, 'upgrades'])),
  ];
}

/** Paths are compared letter by letter, after both meshes have put them into one form. */
function pathProblems(value: string, path: Path): Problem[] {
  if (!value.startsWith('/')) {
    return [{ path, message: `is "${value}"; must start with "/"` }];
  }
  // Patterns mean something else in each mesh, escapes are decoded before, and the query is left out.
  if (!/^[A-Za-z0-9/_.~:@,=-]+$/.test(value)) {
    return [
      {
        path,
        message:
          `is "${value}"; must be letters, digits and / _ . ~ : @ , = - only, without patterns, ` +
          'escapes and query',
      },
    ];
  }
  return /\/(\/|\.{1,2}(\/|$))/.test(value)
    ? [
        {
          path,
          message: `is "${value}", which no request has: "//", "/./" and "/../" are resolved first; write the resolved path`,
        },
      ]
    : [];
}

function methodProblems(methods: readonly string[], path: Path): Problem[] {
  if (methods.length === 0) {
    return [{ path, message: 'is empty and allows nothing; leave it out for every method' }];
  }
  return methods.flatMap((method, index) => {
    const place = [...path, index];
    if (methods.indexOf(method) < index) {
      return [{ path: place, message: `is "${method}" once more; delete one of them` }];
    }
    if (METHODS.includes(method)) return [];
    const capitals = method.toUpperCase();
    return [
      {
        path: place,
        message: METHODS.includes(capitals)
          ? `is "${method}"; must be in capitals: ${capitals}`
          : `is "${method}"; must be one of ${METHODS.join(', ')}`,
      },
    ];
  });
}

/** An upgrade is a GET. */
function upgradeProblems({ methods, upgrades = [] }: HttpPermission, path: Path): Problem[] {
  if (upgrades.length === 0) {
    return [{ path, message: 'is empty; leave it out for requests that stay what they are' }];
  }
  return [
    ...upgrades.flatMap((upgrade, index) =>
      upgrades.indexOf(upgrade) < index
        ? [{ path: [...path, index], message: `is "${upgrade}" once more; delete one of them` }]
        : [],
    ),
    ...(methods !== undefined && !methods.includes('GET')
      ? [{ path, message: 'needs the method GET, which a request to upgrade has; add it' }]
      : []),
  ];
}

function sameRequests(one: readonly HttpPermission[], other: readonly HttpPermission[]): boolean {
  const keys = (allow: readonly HttpPermission[]) => allow.map(permissionKey).sort().join('\n');
  return keys(one) === keys(other);
}

function permissionKey({ methods, pathExact, pathPrefix, upgrades }: HttpPermission): string {
  return JSON.stringify([methods && [...methods].sort(), pathExact, pathPrefix, upgrades]);
}
