/** What is written for a mesh without sidecars, by whatever name it has elsewhere. */
const AMBIENT = /^(ambient|ztunnel|waypoints?)/i;

/** What asks for IPv6 addresses of pods, likewise. */
const IPV6 = /^((enable|assign)_?)?(ipv6|dual_?stack)/i;

/**
 * What is known elsewhere by a name that no setting has: why there is none, and what to do.
 *
 * @param key of the setting that there is not
 */
export function notASetting(key: string, value: unknown): string | undefined {
  if (IPV6.test(key)) {
    return (
      'there is no such setting; eks.ipFamily: ipv6 makes clusters whose pods have IPv6 addresses, and the VPCs with ' +
      'them, and federation.borders.ipv6 says whether borders listen on such addresses'
    );
  }
  return AMBIENT.test(key) || (typeof value === 'string' && AMBIENT.test(value))
    ? 'there is no such setting: no ambient mode is installed, and borders know only callers and callees with a ' +
        'sidecar; take it out, and list the namespaces of callers and callees in namespaces of the mesh, whose pods ' +
        'get one (docs/federation.md, "Which kinds go with which")'
    : undefined;
}
