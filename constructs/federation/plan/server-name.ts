import type { ServiceFacts } from './services';

/**
 * The SNI of a crossing: made of keys, so that no two crossings of a policy share one, and never longer
 * than a host name may be.
 */
export function serverNameOf(caller: ServiceFacts, callee: ServiceFacts): string {
  return `${callee.id}.${callee.mesh}.${caller.id}.${zoneOf(caller.mesh)}`;
}

/** A pattern for the SNI of every crossing that a mesh calls, and of nobody else's. */
export function serverNamesFrom(mesh: string): string {
  return `*.${zoneOf(mesh)}`;
}

function zoneOf(caller: string): string {
  return `${caller}.federation.internal`;
}
