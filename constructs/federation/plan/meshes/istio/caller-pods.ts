import { helmYaml } from '../../../../kubernetes/helm-yaml';
import { foreignBundle } from '../../plan';

/** Where a calling workload's sidecar has its files. */
const FOLDER = '/etc/federation';
const CERTIFICATE = `${FOLDER}/certificate`;

/**
 * The sidecar's own certificate as files, which a DestinationRule can name.
 * @see https://istio.io/latest/docs/ops/integrations/prometheus/#tls-settings `OUTPUT_CERTS`
 */
export const CERTIFICATE_FILES = {
  clientCertificate: `${CERTIFICATE}/cert-chain.pem`,
  privateKey: `${CERTIFICATE}/key.pem`,
} as const;

/** The roots of a foreign mesh in a calling workload's sidecar. */
export function bundleFile(foreignMesh: string): string {
  return `${bundleFolder(foreignMesh)}/${foreignBundle(foreignMesh).key}`;
}

function bundleFolder(foreignMesh: string): string {
  return `${FOLDER}/roots/${foreignMesh}`;
}

/**
 * By these the sidecar of a service that calls foreign meshes gets its own certificate as files, and the
 * foreign roots.
 *
 * @see https://istio.io/latest/docs/reference/config/annotations/
 */
export function istioCallerPodAnnotations(foreign: readonly string[]): Record<string, string> {
  if (foreign.length === 0) {
    return {};
  }
  const roots = foreign.map((mesh) => ({ mesh, configMap: foreignBundle(mesh).configMap }));
  return {
    'proxy.istio.io/config': helmYaml({
      proxyMetadata: {
        OUTPUT_CERTS: CERTIFICATE,
        // The foreign host is in no DNS zone: the sidecar answers for it.
        ISTIO_META_DNS_CAPTURE: 'true',
      },
    }),
    // By name, as Istio's injector puts them into the pod.
    'sidecar.istio.io/userVolume': JSON.stringify({
      'federation-certificate': { emptyDir: { medium: 'Memory' } },
      ...Object.fromEntries(
        roots.map(({ configMap }) => [
          configMap,
          { configMap: { name: configMap, optional: true } },
        ]),
      ),
    }),
    'sidecar.istio.io/userVolumeMount': JSON.stringify({
      'federation-certificate': { mountPath: CERTIFICATE },
      ...Object.fromEntries(
        roots.map(({ mesh, configMap }) => [
          configMap,
          { mountPath: bundleFolder(mesh), readOnly: true },
        ]),
      ),
    }),
  };
}
