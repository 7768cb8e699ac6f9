/*
 * Names as DNS has them, and those of Kubernetes that are made of them. All are in lower case: DNS does not tell
 * the cases apart, but Kubernetes refuses upper case, and Envoy compares what is in a certificate letter by letter.
 *
 * A label has letters, digits and "-", with a letter or digit at both ends (RFC 1123, 2.1), and 63 characters at
 * most; a name has labels with dots between them, and 253 characters at most, which are the 255 octets that it may
 * have on its way (RFC 1035, 2.3.4 and 3.1).
 *
 * https://www.rfc-editor.org/rfc/rfc1123#section-2.1
 * https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
 *
 * Not here, since they follow rules of their own: SPIFFE trust domains, which have "_" and no labels
 * (trust-domain.ts), and names of records in Route 53, in which labels may begin with "_" (network/record.ts).
 */

/** Longest label: the name of a Kubernetes Service, of a volume, and each part of a host name. */
export const LABEL_LENGTH = 63;

const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';

/** A label by itself. */
export const DNS_LABEL = new RegExp(`^${LABEL}$`);

/** What a label must be like, for a message. */
export function labelRule(length = LABEL_LENGTH): string {
  return `must be at most ${length} lower case letters, digits and "-", with a letter or digit at both ends`;
}

/** A name of two labels at least: a single word is a slip of the pen where a host of elsewhere is meant. */
export const DNS_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(\\.${LABEL})+$`);

/**
 * The DNS domain of a cluster: one label or more. It is shorter than a name may be, since the names of Services
 * stand before it.
 */
export const CLUSTER_DOMAIN = new RegExp(`^(?=.{1,200}$)${LABEL}(\\.${LABEL})*$`);

/** What the domain of a cluster must be like, for a message. */
export const CLUSTER_DOMAIN_RULE = 'must be a DNS domain in lower case, such as cluster.local';

const PART = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const PARTS = `${PART}(\\.${PART})*`;

/**
 * What Kubernetes calls a DNS subdomain, the name of most objects: like a name, but each part may be as long as the
 * whole.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
 * @see https://github.com/kubernetes/apimachinery/blob/v0.35.0/pkg/util/validation/validation.go
 */
export const SUBDOMAIN = new RegExp(`^(?=.{1,253}$)${PARTS}$`);

/** What a subdomain must be like, for a message. */
export function subdomainRule(length = 253): string {
  return (
    `must be at most ${length} lower case letters, digits, "-" and ".", with a letter or digit at both ends and ` +
    'beside each "."'
  );
}

/**
 * The key of a label or an annotation: a name, and before it, if anything, a subdomain and "/".
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
export const QUALIFIED_NAME = new RegExp(
  `^((?=.{1,253}/)${PARTS}/)?[0-9A-Za-z]([-_.0-9A-Za-z]{0,61}[0-9A-Za-z])?$`,
);
