import {
  type Call,
  crossCalls,
  type Entrance,
  type Hop,
  hops,
} from '../../constructs/federation/plan';
import { UNKNOWN } from '../objects/expressions';
import { type Called, calledAddresses } from './addresses';
import { certificateFindings } from './certificates';
import { ClusterError } from '../cluster/errors';
import { controlPlaneFindings } from './control-plane';
import { clusterOf, type Deployed, gatewayOf, isOurs, meshOf, rootNamespaceOf } from './deployed';
import {
  type CallReport,
  type Finding,
  findingIn,
  type HopReport,
  isBlind,
  isBroken,
  type Report,
} from './finding';
import { kindOf } from './kinds';
import { networkFindings } from './network';
import { hidingFindings, spoilingFindings } from './obstacles';
import { podFindings } from './pods';
import { borderFindings, resourceFindings } from './resources';
import { bundleFindings, rootsFindings } from './roots';
import { serviceFindings } from './services';
import { told } from '../cluster/trouble';
import { type Wire, wireFindings } from './wire';

/**
 * Looks at each hop of each call, in its clusters, and changes nothing.
 *
 * @param only Ids of calls. Default: every call that leaves its mesh.
 */
export async function examine(deployed: Deployed, only?: readonly Call['id'][]): Promise<Report> {
  const calls = crossCalls(deployed.plan).filter(
    ({ id }) => only === undefined || only.includes(id),
  );
  return {
    calls: await Promise.all(
      calls.map(async (call): Promise<CallReport> => {
        const all = hops(deployed.plan, call, {
          // One that is not given is compared by itself: then it is said what is wrong with it.
          addresses: (mesh) => {
            const { by, hosts } = gatewayOf(deployed, mesh);
            return by === 'given' ? hosts : UNKNOWN;
          },
          gatewayServices: Object.fromEntries(
            Object.entries(deployed.gateways ?? {}).map(([mesh, one]) => [mesh, one?.service]),
          ),
          borders: deployed.borders,
        });
        const reports = await examineHops(deployed, all);
        return { call: call.id, hops: withDifferences(deployed, reports) };
      }),
    ),
  };
}

async function examineHops(deployed: Deployed, all: readonly Hop[]): Promise<HopReport[]> {
  const reports = await Promise.all(
    all.map((hop, at) => examineHop(deployed, hop, { before: all[at - 1], next: all[at + 1] })),
  );
  const gateway = all.find(isGateway);
  if (gateway === undefined) return reports;
  try {
    return await dialled(deployed, all, gateway, reports);
  } catch (error) {
    // What its own cluster said of each hop stays.
    const finding = unreachable(deployed, gateway, error);
    return reports.map((report, at) =>
      all[at] === gateway ? { ...report, findings: [...report.findings, finding] } : report,
    );
  }
}

/** At our first hop of a call from a partner or to it: that our policy is not theirs, as somebody has changed his. */
function withDifferences(deployed: Deployed, reports: readonly HopReport[]): readonly HopReport[] {
  const partner = reports.find(({ notOurs }) => notOurs)?.mesh;
  const { [partner ?? '']: differences } = deployed.differences ?? {};
  const first = reports.findIndex(({ notOurs }) => !notOurs);
  if (partner === undefined || differences === undefined) return reports;
  return reports.map((report, at) =>
    at !== first
      ? report
      : {
          ...report,
          findings: [
            ...report.findings,
            findingIn(report.mesh, 'warning')(
              'policy-differs',
              `Your policy is not that of ${partner}: ${differences.join('; ')}. Your clusters are compared with yours.`,
              `agree with the owner of ${partner} on one, and exchange offers anew: docs/two-organisations.md; until ` +
                'then no deploy of the federation goes on',
            ),
          ],
        },
  );
}

/** What its own cluster says about a hop. */
async function examineHop(
  deployed: Deployed,
  hop: Hop,
  { before, next }: { readonly before: Hop | undefined; readonly next: Hop | undefined },
): Promise<HopReport> {
  const { place, mesh, name } = hop;
  if (!isOurs(deployed, mesh)) {
    return { place, mesh, name, looked: [], findings: [], notOurs: true };
  }
  try {
    const looked: string[] = [];
    const findings: Finding[] = [];
    const look = async (what: string, check: () => Promise<readonly Finding[]>) => {
      const found = await check();
      findings.push(...found);
      if (found.length === 0) looked.push(what);
      return !isBroken(found);
    };
    const { mesh: foreign } = hop.roots ?? {};
    const roots = await rootsFindings(deployed, hop);
    const lacksRoots = roots.findings.some(({ code }) => code === 'roots-missing');
    if (before?.mesh !== mesh) {
      await look('control plane up', () => controlPlaneFindings(deployed, mesh));
    }
    const objects =
      hop.pods?.border === undefined ||
      (await look('objects as configured', () => borderFindings(deployed, hop)));
    const pods =
      hop.pods === undefined ||
      // Without a Deployment there are none, and that is said.
      (!objects && findings.some(({ code }) => /missing|scaled/.test(code))) ||
      (await look('pods ready, in the mesh', () => podFindings(deployed, hop, lacksRoots)));
    if (objects && pods && hop.service !== undefined) {
      await look('Service with endpoints', () => serviceFindings(deployed, hop));
    }
    const resources =
      hop.resources.length === 0 ||
      (await look(`${hop.resources.length} resources as configured`, () =>
        resourceFindings(deployed, hop),
      ));
    if (resources && next !== undefined && kindOf(meshOf(deployed, mesh)).hiding !== undefined) {
      const known = await look('nothing hides what it calls', () =>
        hidingFindings(deployed, hop, next),
      );
      if (known) {
        await look('nothing of others ends its calls', () => spoilingFindings(deployed, hop, next));
      }
    }
    if (foreign !== undefined) {
      await look(`roots of ${foreign}, and the jobs that fetch them`, () =>
        Promise.resolve(roots.findings),
      );
    }
    const fresh = !isBroken(roots.findings);
    if (objects && pods && fresh && hop.pods?.border !== undefined) {
      await look('certificates in use', () => certificateFindings(deployed, hop, roots.bundle));
    }
    if (resources && hop.admission !== undefined) {
      await look('policies admit it', () => admissionFindings(deployed, hop));
    }
    if (objects && pods && before?.mesh === mesh) {
      await look('NetworkPolicies', () => networkFindings(deployed, before, hop));
    }
    return { place, mesh, name, looked, findings };
  } catch (error) {
    return { place, mesh, name, looked: [], findings: [unreachable(deployed, hop, error)] };
  }
}

/** @throws What is a fault of the program: no cluster is to blame for it. */
export function unreachable(deployed: Deployed, { mesh }: Hop, error: unknown): Finding {
  if (!(error instanceof ClusterError)) throw error;
  const { kubectl } = clusterOf(deployed, mesh);
  const { code, what, mend } = told(error, `${mesh}'s cluster`, kubectl);
  return findingIn(mesh)(code, what, mend, 'unknown');
}

async function admissionFindings(deployed: Deployed, hop: Hop): Promise<Finding[]> {
  const { mesh, admission } = hop;
  if (admission === undefined) return [];
  const planned = meshOf(deployed, mesh);
  const cluster = clusterOf(deployed, mesh);
  const denial = await kindOf(planned).denial(cluster, admission, rootNamespaceOf(planned));
  return denial === undefined
    ? []
    : [
        findingIn(mesh)(
          'policy-denies',
          `${hop.name} does not let the call in: ${denial}.`,
          'change or remove that policy: it does not belong to the federation, or is left from an older policy',
        ),
      ];
}

function isGateway(hop: Hop): hop is Hop & { readonly entrance: Entrance } {
  return hop.entrance !== undefined;
}

/** What goes over the wire, where all that it needs is there. */
async function dialled(
  deployed: Deployed,
  all: readonly Hop[],
  gateway: Hop & { readonly entrance: Entrance },
  reports: readonly HopReport[],
): Promise<HopReport[]> {
  const { service, entrance, mesh } = gateway;
  const index = all.indexOf(gateway);
  const before = all[index - 1];
  const findingsAt = (at: number) => reports[at]?.findings ?? [];
  if (service === undefined || before === undefined) return [...reports];
  // The roots by which it is verified are in the cluster of the caller, and its address may be.
  if (!isOurs(deployed, entrance.clientMesh)) return [...reports];
  if (!isOurs(deployed, mesh) && gatewayOf(deployed, mesh).by !== 'given') return [...reports];
  if ([...findingsAt(index - 1), ...findingsAt(index)].some(isBlind)) return [...reports];
  const result = reports.map((report) => ({ ...report }));
  const add = (at: number, findings: readonly Finding[], looked?: string) => {
    const report = result[at];
    if (report === undefined) return;
    report.findings = [...report.findings, ...findings];
    if (looked !== undefined) report.looked = [...report.looked, looked];
  };
  const inCluster = entrance.enteredBy === 'service';
  const called: Called = inCluster
    ? { hosts: [], findings: [] }
    : await calledAddresses(deployed, gateway, before);
  // Where more than the address is wrong, that is said.
  if (findingsAt(index - 1).every(({ code }) => !/drift|missing/.test(code))) {
    add(index - 1, called.findings);
  }
  if (!inCluster && called.hosts.length === 0) return result;
  const border = findingsAt(index + 1);
  if (isBroken(findingsAt(index)) || isBroken(border) || border.some(isBlind)) return result;
  const { bundle } = await bundleFindings(
    deployed,
    entrance.clientMesh,
    mesh,
    entrance.rootsNamespace,
  );
  if (bundle === undefined || findingsAt(index - 1).some(({ code }) => code === 'roots-differ')) {
    return result;
  }
  const wires = await Promise.all(
    (inCluster ? [undefined] : called.hosts).map((host): Promise<Wire> =>
      wireFindings(deployed, gateway, host, bundle),
    ),
  );
  for (const wire of wires) {
    add(index, wire.gateway, wire.seen);
    add(index + 1, wire.border);
  }
  return result;
}
