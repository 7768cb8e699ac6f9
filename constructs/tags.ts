import type { Problem } from './problems';
import { isUnresolved } from './unresolved';

/** AWS takes 50 on one thing. */
const MAX = 50;

/**
 * Tags that others add to the same thing: EKS and its Auto Scaling groups to an instance, the volume
 * driver to a volume, the load balancer's controller to a load balancer, and this project the name.
 */
const OTHERS = 10;

/**
 * What is wrong with tags that all things are to have: each reader of them counts, the strictest of
 * them decides.
 *
 * - IAM takes letters, digits, spaces and `_ . : / = + - @`, and keys that differ in more than case:
 *   https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
 * - The annotation for a load balancer's tags is split at `,` and `=`, without a way to escape them:
 *   https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/
 * - AWS keeps `aws:` for itself, at the start of keys and values, in any case. Kubernetes and EKS find
 *   what is theirs by keys with `kubernetes.io/`, `k8s.io/` and `eks:`; so does the load balancer's
 *   controller, and the volume driver, which makes no volume where one of its keys is given:
 *   https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/pkg/util/template/template.go,
 *   https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/pkg/deploy/tracking/provider.go
 */
export function tagProblems(tags: Readonly<Record<string, string>>): Problem[] {
  const entries = Object.entries(tags);
  const problems: Problem[] = entries.flatMap(([key, value]) =>
    [keyProblem(key, Object.keys(tags)), valueProblem(value)].flatMap((message) =>
      message === undefined ? [] : [{ path: [key], message }],
    ),
  );
  if (entries.length > MAX - OTHERS) {
    problems.push({
      path: [],
      message:
        `has ${entries.length} entries; AWS takes ${MAX} on one thing, and EKS, Kubernetes and this ` +
        `project add up to ${OTHERS}: list ${MAX - OTHERS} at most`,
    });
  }
  return problems;
}

function keyProblem(key: string, all: readonly string[]): string | undefined {
  if (key.length < 1 || key.length > 128) {
    return `the key has ${key.length} characters; must have 1 to 128`;
  }
  if (/^aws:/i.test(key)) return 'the key must not start with "aws:", which AWS keeps for itself';
  if (/(^|\.)(kubernetes|k8s)\.io\/|^eks:/i.test(key)) {
    return 'the key must not have "kubernetes.io/", "k8s.io/" or "eks:", by which Kubernetes and EKS find what is theirs';
  }
  if (/(^|\.)k8s\.aws\/|(^|\.)csi\.aws\.com\/|^CSIVolume(Snapshot)?Name$/i.test(key)) {
    return 'the key is one by which the controllers of load balancers and volumes find what is theirs';
  }
  const twin = [...all, 'Name'].find(
    (other) => other !== key && other.toLowerCase() === key.toLowerCase(),
  );
  if (twin !== undefined && (twin === 'Name' || all.indexOf(twin) < all.indexOf(key))) {
    return `differs from "${twin}" in case only, which IAM refuses; leave one of them out`;
  }
  return charactersProblem('the key', key);
}

function valueProblem(value: string): string | undefined {
  if (isUnresolved(value)) return undefined;
  if (value.length > 256) return `the value has ${value.length} characters; must have 256 at most`;
  if (/^aws:/i.test(value)) return 'the value must not start with "aws:", which IAM refuses';
  return charactersProblem('the value', value);
}

function charactersProblem(what: string, text: string): string | undefined {
  if (text !== text.trim()) return `${what} must not start or end with a space`;
  const wrong = new Set(text.match(/[^\p{L}\p{Z}\p{N}_.:/+\-@]/gu) ?? []);
  return wrong.size === 0
    ? undefined
    : `${what} has ${[...wrong].map((char) => JSON.stringify(char)).join(' ')}; use letters, digits, ` +
        'spaces and _ . : / + - @, which all services of AWS take';
}
