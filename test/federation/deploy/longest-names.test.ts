import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import {
  type AccessPolicy,
  type FederatedMesh,
  Federation,
  type MeshMember,
} from '../../../constructs/federation';
import { consulMember, istioMember, linkerdMember } from '../../../support/policy/installed-meshes';
import { type Block, synthesise } from '../../helpers/synth';

/*
 * What is made of the longest names that a policy may have is no longer than an API server takes.
 */

type Kind = FederatedMesh['kind'];

const MEMBERS: Readonly<Record<Kind, () => MeshMember>> = {
  istio: istioMember,
  consul: consulMember,
  linkerd: linkerdMember,
};

const long = (start: string, length: number) => start.padEnd(length, 'x');

/** Most characters of a mesh's name; of a name by which others know a service; of a label. */
const [MESH, KNOWN_AS, LABEL] = [46, 54, 63];

function federationOf(kinds: readonly [Kind, Kind], cluster?: string): Block[] {
  const [one = '', other = ''] = ['a', 'b'].map((start) => long(start, MESH));
  const [caller = '', callee = ''] = ['c', 'd'].map((start) => long(start, LABEL));
  const meshOf = (kind: Kind, start: string) => ({
    kind,
    cluster,
    borderNamespace: long(`${start}borders`, LABEL),
    services: Object.fromEntries(
      [caller, callee].map((id) => {
        const name = long(`${id.charAt(0)}${start}`, KNOWN_AS);
        return [id, { namespace: long(`${start}apps`, LABEL), standIn: name }] as const;
      }),
    ),
  });
  const policy = {
    meshes: { [one]: meshOf(kinds[0], 'a'), [other]: meshOf(kinds[1], 'b') },
    rules: [
      { from: `${one}/${caller}`, to: `${other}/${callee}`, allow: [{ methods: ['GET'] }] },
      { from: `${other}/${caller}`, to: `${one}/${callee}` },
    ],
  } as AccessPolicy;
  const stack = new TerraformStack(Testing.app(), 'test');
  const member = (kind: Kind, name: string): FederatedMesh => ({
    ...MEMBERS[kind](),
    sharedTrustDomain: true,
    gatewayAddress: 'gateway.example.com',
    apiServer: { address: `https://${name.charAt(0)}.example.com` },
    provider: new KubernetesProvider(stack, name, { alias: name }),
  });
  new Federation(stack, 'federation', {
    policy,
    name: cluster === undefined ? long('n', 20) : undefined,
    meshes: { [one]: member(kinds[0], one), [other]: member(kinds[1], other) },
    observability: { namespace: 'monitoring', podMonitor: true, rules: true, dashboard: true },
  });
  return Object.entries(synthesise(stack).resource ?? {}).flatMap(([type, ofType]) =>
    type.startsWith('kubernetes_')
      ? Object.values(ofType).map((block) => ({ ...block, type }))
      : [],
  );
}

/** Most characters of an object's name; others are parts of paths, and may have 253. */
const NAMES: Readonly<Record<string, number>> = {
  kubernetes_cron_job_v1: 52,
  // Labels of their pods.
  kubernetes_job_v1: LABEL,
  kubernetes_namespace_v1: LABEL,
  kubernetes_service_v1: LABEL,
};

/** Names that are too long: of objects, values of labels, volumes and ports of pods. */
function tooLong(value: unknown, place: string, type: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]: [string, unknown]) => {
    const here = `${place}.${key}`;
    if (typeof part !== 'string') return tooLong(part, here, type);
    const most = /\.metadata(\.\d+)?\.name$/.test(here)
      ? (NAMES[type] ?? 253)
      : /\.(labels|match_labels|matchLabels)\.[^.]+$|\.volume\.\d+\.name$/.test(here)
        ? LABEL
        : /\.port\.\d+\.name$/.test(here) && type === 'kubernetes_deployment_v1'
          ? 15
          : Infinity;
    return part.length > most ? [`${type} ${here}: ${part.length}`] : [];
  });
}

const KINDS: readonly Kind[] = ['istio', 'consul', 'linkerd'];
const PAIRS = KINDS.flatMap((one) => KINDS.map((other) => [one, other] as const));

it.each(PAIRS)('fits %s and %s', (one, other) => {
  const made = federationOf([one, other]);
  expect(made.length).toBeGreaterThan(30);
  expect(made.flatMap((block) => tooLong(block, '', String(block['type'])))).toEqual([]);
});

it.each(PAIRS.filter(([one, other]) => one !== other))(
  'fits %s and %s in one cluster',
  (...kinds) => {
    const made = federationOf(kinds, 'shared');
    expect(made.length).toBeGreaterThan(30);
    expect(made.flatMap((block) => tooLong(block, '', String(block['type'])))).toEqual([]);
  },
);
