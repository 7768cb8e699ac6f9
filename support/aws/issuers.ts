/**
 * How the host begins at which a cluster issues the identities of its pods, by the family of their addresses; the
 * region follows.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
 */
export const ISSUERS = { ipv4: 'oidc.eks', ipv6: 'oidc-eks' };
