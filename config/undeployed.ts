import { isYamlMap, type YamlMap } from '../constructs/kubernetes/yaml-file';

/** What takes the place of the clusters where nothing is deployed, so that none has to be there. */
export interface Undeployed {
  /** Path of a kubeconfig with this context, in place of the one in the settings. */
  readonly kubeconfig: (context: string, path: unknown) => string;
}

/** The settings, with placeholders for what only a deploy needs: kubeconfig files and open API servers. */
export function withoutDeployment(raw: YamlMap, { kubeconfig }: Undeployed): YamlMap {
  if (!isYamlMap(raw.clusters)) return raw;
  const clusters = Object.entries(raw.clusters).map(([name, cluster]): [string, unknown] => {
    if (!isYamlMap(cluster)) return [name, cluster];
    const { kind, context, eks = {} } = cluster;
    if (kind === 'kubeconfig' && typeof context === 'string') {
      return [name, { ...cluster, path: kubeconfig(context, cluster['path']) }];
    }
    const closed = kind === 'eks' && isYamlMap(eks) ? closedEndpoint(eks) : undefined;
    return [name, closed === undefined ? cluster : { ...cluster, eks: closed }];
  });
  return { ...raw, clusters: Object.fromEntries(clusters) };
}

/** An endpoint that nobody was admitted to yet. */
function closedEndpoint(eks: YamlMap): YamlMap | undefined {
  const { endpoint = {} } = eks;
  if (!isYamlMap(endpoint)) return undefined;
  const { publicCidrs = [], privateOnly } = endpoint;
  const nobody = Array.isArray(publicCidrs) && publicCidrs.length === 0;
  return nobody && privateOnly === undefined
    ? // An address for documentation (RFC 5737).
      { ...eks, endpoint: { ...endpoint, publicCidrs: ['192.0.2.1/32'] } }
    : undefined;
}
