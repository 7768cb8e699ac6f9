import { createHash } from 'node:crypto';
import { unlikeProblems } from '../example';
import { refuse } from '../problems';

/** A Consul cluster id: a UUID, in lower case as SPIFFE trust domains are. */
export const CLUSTER_ID_PATTERN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * A cluster id that depends on a name only: the same name gives the same trust domain on every
 * machine, and another name another one.
 *
 * @param name What is unique to the mesh, e.g. `<account>/<region>/<cluster>`.
 * @returns A name-based UUID (version 5).
 * @throws Error when the name is undefined or no text: all such meshes would have one id.
 * @see https://datatracker.ietf.org/doc/html/rfc9562#name-uuid-version-5
 */
export function clusterIdFor(name: string): string {
  refuse('The id of a Consul cluster', unlikeProblems(['name'], name, 'bank.example.com'));
  // The RFC's namespace for URLs.
  const namespace = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');
  const bytes = createHash('sha1')
    .update(namespace)
    .update(`consul-mesh:${name}`)
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** SPIFFE trust domain of the Consul cluster with this id. */
export function trustDomainOf(clusterId: string): string {
  return `${clusterId}.consul`;
}
