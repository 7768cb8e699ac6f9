/** Families of addresses that pods and Services of an EKS cluster may have: of one, never of both. */
export const IP_FAMILIES = ['ipv4', 'ipv6'] as const;
/** One of `IP_FAMILIES`. */
export type IpFamily = (typeof IP_FAMILIES)[number];
