import { textIn, type YamlMap, yamlMap, yamlMaps } from '../../../constructs/kubernetes/yaml-file';

/** Conditions by which a controller says whether it has taken up a Gateway, a class or a route. */
const VERDICTS: readonly string[] = ['Accepted', 'ResolvedRefs', 'Programmed'];

/**
 * Why a controller does not take a resource of the Kubernetes Gateway API. A route has a verdict for each
 * Gateway that it names; it has none where nobody looks at it, as at routes of CRDs that are too old.
 */
export function gatewayApiRefusal(object: YamlMap): string | undefined {
  const group = textIn(object, 'apiVersion')?.split('/')[0];
  if (group !== 'gateway.networking.k8s.io') return undefined;
  const status = yamlMap(object['status']);
  const parents = yamlMaps(status['parents']);
  if (textIn(object, 'kind')?.endsWith('Route') === true && parents.length === 0) {
    return 'no controller has looked at it: it may need CRDs of a later release, or a setting of its mesh';
  }
  const conditions = [status, ...parents].flatMap((one) => yamlMaps(one['conditions']));
  const against = conditions.find(
    (one) => VERDICTS.includes(textIn(one, 'type') ?? '') && one['status'] !== 'True',
  );
  return (
    against && (textIn(against, 'message') || textIn(against, 'reason') || 'it is not taken up')
  );
}
