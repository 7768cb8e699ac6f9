import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { TerraformStack, Testing } from 'cdktf';
import {
  type ExchangingMesh,
  TrustBundleExchange,
  type TrustBundleExchangeProps,
} from '../../../constructs/federation';
import { ISTIO_TRUST_DOMAIN, meshes, plan } from '../../../conformance/plan';
import type { Rule } from '../../helpers/api-server';
import { cronJob, type PodSpec } from '../../helpers/pods';
import { type Block, synthesise } from '../../helpers/synth';

export { ISTIO_TRUST_DOMAIN, meshes, plan };

const apiServer = (name: string) => ({
  address: `https://${name}.example.com:8443`,
  certificateAuthority: `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`,
});

/** An exchange between clusters, two unless told otherwise, as a stack. */
export function given(
  own: Readonly<Partial<Record<string, Partial<ExchangingMesh>>>> = {},
  props: Partial<TrustBundleExchangeProps> = {},
  names: readonly string[] = ['istio', 'consul'],
) {
  const stack = new TerraformStack(Testing.app(), 'federation');
  const provider = (alias: string) => new KubernetesProvider(stack, alias, { alias });
  const exchange = new TrustBundleExchange(stack, 'trust', {
    plan,
    meshes: Object.fromEntries(
      names.map((name) => [
        name,
        { provider: provider(name), apiServer: apiServer(name), ...own[name] },
      ]),
    ),
    ...props,
  });
  return { stack, exchange };
}

/** A stack is synthesised once, and looked at often. */
const outputs = new WeakMap<TerraformStack, ReturnType<typeof synthesise>>();

/** Resources of one type in the cluster of one mesh. */
export function inCluster(stack: TerraformStack, mesh: string, type: string): Block[] {
  const output = outputs.get(stack) ?? synthesise(stack);
  outputs.set(stack, output);
  return Object.values(output.resource?.[type] ?? {}).filter(
    ({ provider }) => provider === `kubernetes.${mesh}`,
  );
}

interface Metadata {
  readonly name: string;
  readonly namespace: string;
}

export function metadataOf(block: Block | undefined): Metadata {
  return block?.['metadata'] as Metadata;
}

/** All that a service account of the jobs may do in a cluster, by namespace. */
export function rulesOf(stack: TerraformStack, mesh: string, account: string): Rule[] {
  const roles = inCluster(stack, mesh, 'kubernetes_role_v1');
  const rules = inCluster(stack, mesh, 'kubernetes_role_binding_v1')
    .filter(({ subject }) => {
      const [only, ...more] = subject as readonly Metadata[];
      return more.length === 0 && only?.name === account && only.namespace === 'mesh-federation';
    })
    .flatMap((binding) => {
      const { name, namespace } = metadataOf(binding);
      const role = roles.find(
        (candidate) =>
          metadataOf(candidate).name === name && metadataOf(candidate).namespace === namespace,
      );
      const rules = role?.['rule'] as readonly {
        readonly resources: string[];
        readonly resource_names: string[];
        readonly verbs: string[];
      }[];
      return rules.map(({ resources, resource_names, verbs }) => ({
        namespace,
        resources,
        resourceNames: resource_names,
        verbs,
      }));
    });
  return rules.sort((one, other) => one.namespace.localeCompare(other.namespace));
}

export function cronJobPod(stack: TerraformStack, mesh: string, name: string): PodSpec {
  const found = inCluster(stack, mesh, 'kubernetes_cron_job_v1').find(
    (block) => metadataOf(block).name === name,
  );
  return cronJob.parse(found).spec.job_template.spec.template.spec;
}

/** The settings that the job's program gets. */
export function envOf(pod: PodSpec): Record<string, string> {
  return Object.fromEntries(pod.container[0].env.map(({ name, value }) => [name, value]));
}
