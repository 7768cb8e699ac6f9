import { BOOTSTRAP_FILE } from '../../constructs/federation/plan/envoy';
import { MeshCa } from '../../rehearsal/certificates';
import { withoutExpressions as filledIn } from '../../support/objects/expressions';
import { envoyComplaints } from './envoy';
import { writeFile } from './files';
import type { Block } from './synth';

/**
 * What the real Envoy says against the files of a border's ConfigMap.
 *
 * @param folder stands for the root of the pod's file system
 */
export async function borderComplaints(
  envoy: string,
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  return envoyComplaints(envoy, await borderPod(folder, files));
}

/**
 * Writes the files of a border's ConfigMap, and a certificate and roots, where a pod has them.
 *
 * @param folder stands for the root of the pod's file system
 * @returns Path of the bootstrap.
 */
export async function borderPod(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const ca = await MeshCa.consul('11111111-2222-4333-8444-555555555555.consul');
  const { chain, key } = await ca.issue(
    'spiffe://11111111-2222-4333-8444-555555555555.consul/ns/default/dc/dc1/svc/backend',
  );
  writeFile(folder, 'var/run/border-certificate/certificate.pem', `${chain}${key}`);
  writeFile(folder, 'etc/federation-roots/roots.pem', ca.bundle);
  for (const [file, text] of Object.entries(files)) {
    writeFile(
      folder,
      `etc/border/${file}`,
      withoutExpressions(text).replaceAll(/"(\/(etc|var)\/)/g, `"${folder}$1`),
    );
  }
  return `${folder}/etc/border/${BOOTSTRAP_FILE}`;
}

/** The files in a synthesised stack's ConfigMap, also those that it has in common with others. */
export function filesIn(configMap: Block, stack: object): Readonly<Record<string, string>> {
  return filledIn((configMap['data'] ?? {}) as Record<string, string>, { ...stack });
}

/** With a host name for what Terraform fills in, the address of a load balancer. */
export function withoutExpressions(text: string): string {
  return text.replaceAll(/\$\{[^}]+\}/g, 'gateway.example.com');
}
