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
import { bundleFindings, type HopRoots, rootsFindings } from './roots';
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

/** The hops before and after one, in the order of the call. */
interface Neighbours {
  readonly before: Hop | undefined;
  readonly next: Hop | undefined;
}

/**
 * Keeps what was found, or that what was looked at is right; nothing of what could not be looked at. Whether calls get
 * past it.
 */
type Look = (what: string, found: readonly Finding[] | undefined) => boolean;

/** What its own cluster says about a hop. */
async function examineHop(
  deployed: Deployed,
  hop: Hop,
  neighbours: Neighbours,
): Promise<HopReport> {
  const { place, mesh, name } = hop;
  if (!isOurs(deployed, mesh)) {
    return { place, mesh, name, looked: [], findings: [], notOurs: true };
  }
  const looked: string[] = [];
  const findings: Finding[] = [];
  const look: Look = (what, found) => {
    if (found === undefined) return true;
    findings.push(...found);
    if (found.length === 0) looked.push(what);
    return !isBroken(found);
  };
  try {
    await examineOurs(deployed, hop, neighbours, look);
    return { place, mesh, name, looked, findings };
  } catch (error) {
    return { place, mesh, name, looked: [], findings: [unreachable(deployed, hop, error)] };
  }
}

async function examineOurs(
  deployed: Deployed,
  hop: Hop,
  { before, next }: Neighbours,
  look: Look,
): Promise<void> {
  const { mesh } = hop;
  const roots = await rootsFindings(deployed, hop);
  if (before?.mesh !== mesh) look('control plane up', await controlPlaneFindings(deployed, mesh));
  const runs = await examinePods(deployed, hop, roots, look);
  if (runs && hop.service !== undefined) {
    look('Service with endpoints', await serviceFindings(deployed, hop));
  }
  const taken = await examineResources(deployed, hop, next, look);
  if (hop.roots !== undefined) {
    look(`roots of ${hop.roots.mesh}, and the jobs that fetch them`, roots.findings);
  }
  if (runs && !isBroken(roots.findings) && hop.pods?.border !== undefined) {
    look('certificates in use', await certificateFindings(deployed, hop, roots.bundle));
  }
  if (taken && hop.admission !== undefined) {
    look('policies admit it', await admissionFindings(deployed, hop));
  }
  if (runs && before?.mesh === mesh) {
    look('NetworkPolicies', await networkFindings(deployed, before, hop));
  }
}

/** The objects that make its pods, and these; whether both are right. */
async function examinePods(
  deployed: Deployed,
  hop: Hop,
  roots: HopRoots,
  look: Look,
): Promise<boolean> {
  if (hop.pods === undefined) return true;
  const made = hop.pods.border === undefined ? undefined : await borderFindings(deployed, hop);
  const objects = made === undefined || look('objects as configured', made);
  // Without a Deployment there are no pods, and that is said.
  if (made?.some(({ code }) => /missing|scaled/.test(code))) return false;
  const lacksRoots = roots.findings.some(({ code }) => code === 'roots-missing');
  const pods = look('pods ready, in the mesh', await podFindings(deployed, hop, lacksRoots));
  return objects && pods;
}

/** Its own resources, and those of others that are in their way; whether its own are right. */
async function examineResources(
  deployed: Deployed,
  hop: Hop,
  next: Hop | undefined,
  look: Look,
): Promise<boolean> {
  const { mesh, resources } = hop;
  const right =
    resources.length === 0 ||
    look(`${resources.length} resources as configured`, await resourceFindings(deployed, hop));
  if (right && next !== undefined && kindOf(meshOf(deployed, mesh)).hiding !== undefined) {
    const known = look('nothing hides what it calls', await hidingFindings(deployed, hop, next));
    if (known) {
      look('nothing of others ends its calls', await spoilingFindings(deployed, hop, next));
    }
  }
  return right;
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
