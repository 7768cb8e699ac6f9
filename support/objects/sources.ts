import { type YamlMap, yamlMap, yamlMaps } from '../../constructs/kubernetes/yaml-file';
import type { Release } from '../upstream/helm-render';
import { withoutExpressions } from './expressions';

/** Something in a synthesised stack that becomes objects in a cluster. */
export interface Source {
  /** The cluster, by the name that AWS or the kubeconfig has for it. */
  readonly cluster: string;
  /** Alias of the provider that makes it, in a stack that has several. */
  readonly alias?: string;
  /** Terraform's address of it. */
  readonly address: string;
  readonly content:
    | { readonly kind: 'manifest'; readonly manifest: YamlMap }
    | { readonly kind: 'typed'; readonly type: string; readonly block: YamlMap }
    | { readonly kind: 'release'; readonly release: Release };
}

/**
 * All resources of the Kubernetes and Helm providers in a stack. Values that only a deploy knows are
 * filled in.
 *
 * @param stack as Terraform reads it
 * @throws Error for a resource whose cluster is not to be found.
 */
export function sources(stack: YamlMap): Source[] {
  return Object.entries(yamlMap(stack['resource'])).flatMap(([type, blocks]) =>
    /^(kubernetes_|helm_release$)/.test(type)
      ? Object.entries(yamlMap(blocks)).map(([id, value]) => {
          const block = yamlMap(value);
          return {
            cluster: clusterOf(type, block, stack),
            alias: aliasOf(block),
            address: `${type}.${id}`,
            content: content(type, withoutExpressions(block, stack)),
          };
        })
      : [],
  );
}

function content(type: string, block: YamlMap): Source['content'] {
  const { manifest, name, namespace, chart, version, values } = block;
  if (type === 'helm_release') {
    const release = {
      name: String(name),
      namespace: String(namespace),
      chart: String(chart),
      version: String(version),
      values: Array.isArray(values) ? values.map(String) : [],
    };
    return { kind: 'release', release };
  }
  if (type === 'kubernetes_manifest') return { kind: 'manifest', manifest: yamlMap(manifest) };
  if (type === 'kubernetes_labels') {
    const { api_version: apiVersion, kind, metadata, labels } = block;
    return {
      kind: 'manifest',
      manifest: { apiVersion, kind, metadata: { ...yamlMap(metadata), labels } },
    };
  }
  return { kind: 'typed', type, block };
}

function aliasOf({ provider }: YamlMap): string | undefined {
  return typeof provider === 'string' ? provider.split('.')[1] : undefined;
}

/** The cluster that a resource's provider is pointed at. */
function clusterOf(type: string, block: YamlMap, stack: YamlMap): string {
  const named = block['provider'];
  const [name = '', alias] = (typeof named === 'string' ? named : type.split('_', 1).join()).split(
    '.',
  );
  const providers = yamlMap(stack['provider'])[name];
  const provider = yamlMaps(providers).find((one) => one['alias'] === alias);
  const connection = { ...provider, ...yamlMap(provider?.['kubernetes']) };
  if (typeof connection['config_context'] === 'string') return connection['config_context'];

  const eks = /^\$\{data\.aws_eks_cluster\.([^.]+)\.endpoint\}$/.exec(String(connection['host']));
  const cluster = yamlMap(yamlMap(yamlMap(stack['data'])['aws_eks_cluster'])[eks?.[1] ?? ''])[
    'name'
  ];
  if (typeof cluster !== 'string')
    throw new Error(`no cluster is known for the provider of a ${type}`);
  return cluster;
}
