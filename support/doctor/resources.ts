import type { Hop } from '../../constructs/federation/plan';
import { isYamlMap, textIn, yamlMap, type YamlMap } from '../../constructs/kubernetes/yaml-file';
import { sources } from '../objects/sources';
import { typedKind, typedManifest } from '../objects/typed-resources';
import { nameOf, type Ref } from '../cluster/cluster';
import { clusterOf, deployCommand, type Deployed, meshOf, type WantedObject } from './deployed';
import { type Difference, differences, differenceText } from './drift';
import { DEPLOY_ALL, type Finding, findingIn } from './finding';
import { kindOf } from './kinds';
import { deploymentSchema } from './objects';

/** Groups of kinds that no API server adds anything to: what is there beside was written by somebody. */
const HAS_NO_DEFAULTS = /(^|\.)(istio\.io|consul\.hashicorp\.com)\//;

/** What is wrong with the custom resources of a hop. */
export async function resourceFindings(deployed: Deployed, hop: Hop): Promise<Finding[]> {
  const { mesh } = hop;
  const cluster = clusterOf(deployed, mesh);
  const findings = await Promise.all(
    hop.resources.map(async ({ manifest, layer }): Promise<Finding[]> => {
      const { apiVersion, kind, metadata } = manifest;
      const ref: Ref = { apiVersion, kind, ...metadata };
      const mend = layer === 'mesh' ? DEPLOY_ALL : deployCommand(deployed);
      const broken = (code: string, what: string, how = mend) => [findingIn(mesh)(code, what, how)];
      const found = await cluster.read(ref);
      if (found === undefined) {
        const served = (await cluster.served()).some(
          (one) => one.apiVersion === apiVersion && one.kind === kind,
        );
        return served
          ? broken('resource-missing', `There is no ${nameOf(ref)}.`)
          : broken(
              'crd-missing',
              `The cluster knows no ${kind} of ${apiVersion}: its CRD is missing.`,
            );
      }
      const drift = differences(
        manifest.spec,
        found['spec'],
        'spec',
        HAS_NO_DEFAULTS.test(apiVersion),
      );
      const edit = `${cluster.kubectl} -n ${metadata.namespace} edit ${resourceOf(ref)} ${metadata.name}`;
      if (drift.length > 0) {
        return broken(
          'resource-drift',
          `${nameOf(ref)}: ${differenceText(drift)}.`,
          // Terraform does not see what is there beside.
          drift.every(({ wanted }) => wanted === undefined)
            ? `take it out (${edit}): a deploy leaves what others have added`
            : mend,
        );
      }
      const ofMesh = kindOf(meshOf(deployed, mesh));
      const unheeded = ofMesh.refusal(found) ?? (await ofMesh.unheeded?.(found, cluster));
      if (typeof unheeded === 'string') {
        return broken(
          'resource-refused',
          `${nameOf(ref)} is not taken by the mesh: ${unheeded}.`,
          `${cluster.kubectl} -n ${metadata.namespace} get ${resourceOf(ref)} ${metadata.name} -o yaml`,
        );
      }
      return unheeded === undefined
        ? []
        : broken(
            'port-undeclared',
            `Pod ${metadata.namespace}/${unheeded.pod} does not declare the port ${unheeded.port}, which ` +
              `${nameOf(ref)} is about: after a while without calls its proxy refuses the first one.`,
            `put containerPort: ${unheeded.port} into the ports of its pod template, and let it roll out`,
          );
    }),
  );
  return findings.flat();
}

/** For kubectl: of several groups' kinds of a name it takes one or the other. */
function resourceOf({ apiVersion, kind }: Ref): string {
  return `${kind.toLowerCase()}.${apiVersion.split('/')[0]}`;
}

/** What is wrong with the objects of a border. */
export async function borderFindings(deployed: Deployed, hop: Hop): Promise<Finding[]> {
  const { pods } = hop;
  if (pods?.border === undefined) return [];
  const names = [pods.border, pods.serviceAccount, hop.service?.name];
  const own = deployed.wanted.filter(
    ({ mesh, namespace, name }) =>
      mesh === hop.mesh && namespace === pods.namespace && names.includes(name),
  );
  const findings = await Promise.all(own.map((wanted) => objectFindings(deployed, wanted)));
  return together(deployed, hop, findings.flat());
}

/** Of a border that is not there at all, one finding. */
function together(
  deployed: Deployed,
  { mesh, name }: Hop,
  findings: readonly Finding[],
): Finding[] {
  const missing = findings.filter(({ code }) => code === 'object-missing');
  if (missing.length < 2) return [...findings];
  const names = missing.map(({ what }) => what.replace(/^There is no |\.$/g, ''));
  const what = `Of the border ${name} there is no ${names.join(', no ')}.`;
  const others = findings.filter(({ code }) => code !== 'object-missing');
  return [findingIn(mesh)('border-missing', what, deployCommand(deployed)), ...others];
}

/** What is wrong with one object that the stack of the federation makes. */
async function objectFindings(deployed: Deployed, wanted: WantedObject): Promise<Finding[]> {
  const { mesh, type, name, namespace, block } = wanted;
  const cluster = clusterOf(deployed, mesh);
  const kind = typedKind(type, await cluster.served());
  if (kind === undefined) return [];
  const ref: Ref = { apiVersion: kind.apiVersion, kind: kind.kind, namespace, name };
  const broken = (code: string, what: string, level?: Finding['level']) => [
    findingIn(mesh)(code, what, deployCommand(deployed), level),
  ];
  const found = await cluster.read(ref);
  if (found === undefined) return broken('object-missing', `There is no ${nameOf(ref)}.`);
  const manifest = typedManifest(kind, await cluster.schema(kind), block);
  if (kind.kind === 'Deployment' && deploymentSchema.parse(found).spec.replicas === 0) {
    return broken('border-scaled-down', `${nameOf(ref)} is scaled to 0: no pod takes its calls.`);
  }
  const parts = Object.entries(manifest).filter(([key]) => key !== 'apiVersion' && key !== 'kind');
  const drift = parts.flatMap(([key, value]) =>
    differences(normalised(key, value), found[key], key),
  );
  return drift.length === 0
    ? []
    : broken(
        'object-drift',
        `${nameOf(ref)}: ${differenceText(drift)}.`,
        isHarmless(kind.kind, drift) ? 'warning' : 'broken',
      );
}

/**
 * Its pods run, and what they do is in the ConfigMap: perhaps a later version was not deployed yet. But without
 * an annotation of the mesh's its pods, which were made anew then, are not in the mesh as they should be.
 */
function isHarmless(kind: string, drift: readonly Difference[]): boolean {
  return (
    kind === 'PodDisruptionBudget' ||
    (kind === 'Deployment' &&
      !drift.some(({ path, found }) => MESH_ANNOTATION.test(path) && found === undefined))
  );
}

const MESH_ANNOTATION =
  /^spec\.template\.metadata\.annotations\.(?!mesh-federation\/|prometheus\.io\/)/;

/** The name and the namespace are how it was found; labels and annotations are compared. */
function normalised(key: string, value: unknown): unknown {
  if (key !== 'metadata' || !isYamlMap(value)) return value;
  const { labels } = value;
  return labels === undefined ? {} : { labels };
}

/** All objects of Kubernetes' own kinds in a synthesised stack, by the mesh in whose cluster they are. */
export function wantedObjects(stack: YamlMap): WantedObject[] {
  return sources(stack).flatMap(({ alias: mesh, content }) => {
    if (mesh === undefined || content.kind !== 'typed') return [];
    const { type, block } = content;
    const metadata = yamlMap(block['metadata']);
    const name = textIn(metadata, 'name');
    return name === undefined
      ? []
      : [{ mesh, type, namespace: textIn(metadata, 'namespace'), name, block }];
  });
}
