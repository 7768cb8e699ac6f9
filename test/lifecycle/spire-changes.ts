import type { ConfigInput } from '../../config';
import type { SettingChange } from './changes';

/** What a job may do. */
const RIGHTS = ['kubernetes_role_v1', 'kubernetes_role_binding_v1'];

/**
 * Settings of the SPIRE of a mesh.
 *
 * @param beside What else the mesh needs for it.
 */
export function spireChanges(
  mesh: 'istio' | 'consul' | 'linkerd',
  beside: ConfigInput = {},
): Record<string, SettingChange> {
  const spire = (settings: object = {}): ConfigInput => ({
    meshes: { [mesh]: { spire: { trustDomain: 'spire.example.org', ...settings } } },
    ...beside,
  });
  return Object.fromEntries(
    Object.entries<SettingChange>({
      '': {
        to: spire(),
        from: beside,
        shows: [
          'federation: kubernetes_deployment_v1.spec = csi.spiffe.io',
          'federation: kubernetes_manifest.manifest = ClusterSPIFFEID',
          'federation: kubernetes_config_map_v1.data = spiffe://spire.example.org/ns/federation-borders/sa/',
          'federation: kubernetes_cron_job_v1.spec = spire.example.org',
          'federation: kubernetes_role_v1.rule = spire-bundle',
        ],
      },
      '.trustDomain': {
        to: spire({ trustDomain: 'other.example.org' }),
        from: spire(),
        shows: [
          'federation: kubernetes_manifest.manifest = other.example.org',
          'federation: kubernetes_config_map_v1.data = other.example.org',
          'federation: kubernetes_cron_job_v1.spec = other.example.org',
        ],
      },
      '.path': {
        to: spire({ path: '/here/{namespace}/{serviceAccount}' }),
        from: spire(),
        shows: [
          'federation: kubernetes_manifest.manifest = /here/',
          'federation: kubernetes_config_map_v1.data = spiffe://spire.example.org/here/federation-borders/',
        ],
      },
      '.csiDriver': {
        to: spire({ csiDriver: 'csi.example.com' }),
        from: spire(),
        shows: ['federation: kubernetes_deployment_v1.spec = csi.example.com'],
      },
      '.socket': {
        to: spire({ socket: 'agent.sock' }),
        from: spire(),
        shows: ['federation: kubernetes_config_map_v1.data = /var/run/spire/agent.sock'],
      },
      '.entries': {
        to: spire({ entries: 'existing' }),
        from: spire(),
        shows: ['federation: kubernetes_manifest.manifest'],
        loses: ['kubernetes_manifest'],
      },
      '.className': {
        to: spire({ className: 'spire-system' }),
        from: spire(),
        shows: ['federation: kubernetes_manifest.manifest = spire-system'],
      },
      '.bundle.namespace': {
        to: spire({ bundle: { namespace: 'spire-server' } }),
        from: spire(),
        shows: [
          'federation: kubernetes_cron_job_v1.spec = spire-server',
          'federation: kubernetes_role_v1.metadata = spire-server',
        ],
        loses: RIGHTS,
      },
      '.bundle.configMap': {
        to: spire({ bundle: { configMap: 'trust-bundle' } }),
        from: spire(),
        shows: [
          'federation: kubernetes_cron_job_v1.spec = trust-bundle',
          'federation: kubernetes_role_v1.rule = trust-bundle',
        ],
      },
      '.bundle.key': {
        to: spire({ bundle: { key: 'bundle.spiffe' } }),
        from: spire(),
        shows: ['federation: kubernetes_cron_job_v1.spec = bundle.spiffe'],
      },
      '.foreignRoots': {
        to: spire({ foreignRoots: 'spire' }),
        from: spire(),
        shows: [
          'federation: kubernetes_config_map_v1.data = \\"ALL\\"',
          'federation: kubernetes_manifest.manifest = federatesWith',
        ],
        loses: [
          ...RIGHTS,
          'kubernetes_config_map_v1',
          'kubernetes_cron_job_v1',
          'kubernetes_manifest',
          'kubernetes_secret_v1',
          'kubernetes_service_account_v1',
        ],
      },
    }).map(([setting, change]) => [`meshes.${mesh}.spire${setting}`, change]),
  );
}
