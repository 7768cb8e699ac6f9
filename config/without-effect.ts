import { isEnteredByPort } from '../constructs/federation/plan/internal';
import { EVERYBODY, everybodyLike } from '../constructs/address';
import { ownEntry } from '../constructs/own-entry';
import { formatPath } from '../constructs/problems';
import type { Config } from './schema';
import { effectivePolicy, hasFormerWayInto, servicesWithFormerWayOut } from './effective-policy';
import { meshOf, placedMeshes } from './placed-meshes';

/*
 * Settings that are right and do nothing, since another one keeps them from it. Whoever wrote them expects
 * something else.
 */

type Path = readonly string[];

/** Settings that are written in vain, and why. */
function idle(config: Config): readonly (readonly [setting: Path, reason: string])[] {
  const { accessPolicy, clusters, meshes, partners, weather, federation } = config;
  const policy = effectivePolicy(config);
  const { observability } = federation;
  const made = Object.entries(clusters).flatMap(([name, cluster]) =>
    cluster.kind === 'eks'
      ? [
          {
            name,
            hasVpc: cluster.existingVpc !== undefined,
            isAuto: cluster.eks.compute === 'auto',
            isIPv6: cluster.eks.ipFamily === 'ipv6',
          },
        ]
      : [],
  );
  const ownVpcs = made.filter(({ hasVpc }) => hasVpc);
  const inVain = (settings: readonly Path[], reason: string) =>
    settings.map((setting) => [setting, reason] as const);
  const parts = ['place', 'data', 'keyRevision', 'replicas', 'image'];
  return [
    ...(weather.enabled
      ? []
      : inVain(
          parts.map((part) => ['weather', part]),
          'weather.enabled is false',
        )),
    ...(weather.enabled && weather.data === 'sample'
      ? inVain([['weather', 'keyRevision']], 'weather.data is sample, which needs no key')
      : []),
    ...(config.network.flowLogs.enabled
      ? []
      : inVain([['network', 'flowLogs', 'retentionDays']], 'network.flowLogs.enabled is false')),
    ...made
      .filter(({ isAuto }) => isAuto)
      .flatMap(({ name }) =>
        inVain(
          [
            ['eks', 'webhookPorts'],
            ['clusters', name, 'eks', 'webhookPorts'],
          ],
          'eks.compute is auto, whose nodes are in the group of the control plane, which reaches every port',
        ),
      ),
    ...made
      .filter(({ isIPv6 }) => isIPv6)
      .flatMap(({ name }) =>
        inVain(
          [
            ['eks', 'serviceCidr'],
            ['clusters', name, 'eks', 'serviceCidr'],
          ],
          'eks.ipFamily is ipv6, for which EKS chooses the addresses of Services',
        ),
      ),
    ...(made.length === 0
      ? inVain([['eks'], ['network']], 'no cluster is made here (kind: eks)')
      : ownVpcs.length === made.length
        ? inVain([['network']], 'no VPC is made here: every cluster that is has an existingVpc')
        : []),
    ...ownVpcs.flatMap(({ name }) =>
      inVain([['clusters', name, 'network']], `clusters.${name} is in the existingVpc`),
    ),
    ...placedMeshes(config).flatMap(({ name, mesh }) => {
      const { allowedSources = [] } = mesh.gateway;
      return [
        ...EVERYBODY.filter(
          (all) =>
            allowedSources.includes(all) &&
            allowedSources.some((one) => one !== all && everybodyLike(one) === all),
        ).flatMap((all) =>
          inVain(
            [['meshes', name, 'gateway', 'allowedSources']],
            `${all} among them admits everybody${all === '::/0' ? ' who comes by IPv6' : ''}, and the others say ` +
              'nothing more',
          ),
        ),
        ...(mesh.kind === 'consul' && mesh.storageClass !== undefined
          ? inVain(
              [['meshes', name, 'ownStorageClass']],
              `the volumes are of meshes.${name}.storageClass, ${mesh.storageClass}`,
            )
          : []),
      ];
    }),
    ...(Object.keys(meshes).every((name) => ownEntry(federation.trust.roots, name) !== undefined) &&
    Object.values(partners).every(({ offer }) => offer?.endpoint === undefined)
      ? inVain(
          [
            ['federation', 'trust', 'schedule'],
            ['federation', 'trust', 'keepWithdrawnDays'],
          ],
          'federation.trust.roots gives the roots of all meshes, and none are fetched',
        )
      : []),
    ...(observability.podMonitor || observability.rules || observability.dashboard
      ? []
      : inVain(
          [['federation', 'observability', 'labels']],
          'neither a podMonitor nor rules nor a dashboard is made, whose labels they are',
        )),
    ...Object.entries(accessPolicy.meshes).flatMap(([mesh, settings]) => [
      ...(hasFormerWayInto(config, mesh)
        ? []
        : inVain(
            [['accessPolicy', 'meshes', mesh, 'inFrom']],
            `no calls from other meshes enter ${mesh} in another way than that`,
          )),
      ...(servicesWithFormerWayOut(config, mesh).length > 0
        ? []
        : inVain(
            [['accessPolicy', 'meshes', mesh, 'outFrom']],
            `no calls to other meshes leave ${mesh} in another way than that`,
          )),
      ...(settings.kind === 'istio' ? Object.keys(settings.services) : []).flatMap((key) =>
        accessPolicy.rules.some(({ from, to }) => from === `${mesh}/${key}` && meshOf(to) !== mesh)
          ? []
          : inVain(
              (['out', 'outFrom'] as const).map((setting) => [
                'accessPolicy',
                'meshes',
                mesh,
                'services',
                key,
                setting,
              ]),
              `${mesh}/${key} calls no service of another mesh`,
            ),
      ),
      ...Object.keys(settings.services).flatMap((key) => {
        const at = ['accessPolicy', 'meshes', mesh, 'services', key];
        const isCaller = accessPolicy.rules.some(
          ({ from, to }) =>
            from === `${mesh}/${key}` &&
            meshOf(to) !== mesh &&
            isEnteredByPort(policy, mesh, meshOf(to)),
        );
        return isCaller
          ? []
          : inVain(
              [
                [...at, 'gatewayPort'],
                [...at, 'previousGatewayPort'],
              ],
              `${mesh}/${key} enters no other mesh by a port of its own`,
            );
      }),
      ...(settings.kind === 'linkerd' ? Object.keys(settings.services) : [])
        .filter((key) => !accessPolicy.rules.some(({ to }) => to === `${mesh}/${key}`))
        .flatMap((key) =>
          inVain(
            [['accessPolicy', 'meshes', mesh, 'services', key, 'server']],
            `no rule lets anybody call ${mesh}/${key}`,
          ),
        ),
      ...(settings.kind === 'consul' ? Object.entries(settings.services) : []).flatMap(
        ([key, { intentions }]) => {
          const at = ['accessPolicy', 'meshes', mesh, 'services', key];
          const isCalled = accessPolicy.rules.some(({ to }) => to === `${mesh}/${key}`);
          if (isCalled) {
            return intentions === 'existing'
              ? inVain([[...at, 'intentionsName']], 'its ServiceIntentions are yours')
              : [];
          }
          const settings = ['intentionsName', 'intentions', 'serviceDefaults'];
          return inVain(
            settings.map((setting) => [...at, setting]),
            `no rule lets anybody call ${mesh}/${key}`,
          );
        },
      ),
    ]),
  ];
}

/**
 * What the user should know of settings of his that do nothing.
 *
 * @param isWritten Whether a setting is one of the user's own.
 */
export function idleNotices(config: Config, isWritten: (setting: Path) => boolean): string[] {
  return idle(config)
    .filter(([setting]) => isWritten(setting))
    .map(([setting, reason]) => `${formatPath(setting)} has no effect: ${reason}.`);
}
