import { DEFAULT_KUBERNETES_VERSION } from '../constructs/eks/versions';
import { type KindCluster, kindCluster } from './kind';
import type { ProfileName } from './profile-names';
import type { ConfigInput } from './schema';

/** A named set of settings to start from. */
export interface Profile {
  /** What it is for, in one sentence. */
  readonly description: string;
  /** Differences from the defaults. */
  readonly settings: ConfigInput;
  /**
   * A cluster that a mesh is in and that the settings do not describe.
   * @default there is none
   */
  readonly cluster?: (name: string) => KindCluster;
  /**
   * What a user of this profile must know, said at every synthesis.
   * @default nothing
   */
  readonly notices?: readonly string[];
}

/** What every profile starts from, apart from the defaults of the single settings: the default pair. */
export const BASE: ConfigInput = {
  meshes: { istio: { kind: 'istio' }, consul: { kind: 'consul' } },
  clusters: {
    istio: { kind: 'eks', name: 'mesh-istio', cidr: '10.10.0.0/16' },
    consul: { kind: 'eks', name: 'mesh-consul', cidr: '10.20.0.0/16' },
  },
};

/** Where the emulator listens when the environment does not say. */
const EMULATOR_ENDPOINT = 'http://127.0.0.1:4566';

/**
 * The profiles by name. Each keeps its state in a folder of its own, so that what one has deployed
 * is never taken for another's.
 *
 * @param env Environment variables: `AWS_ENDPOINT_URL` tells `emulated` where the emulator listens.
 */
export function profiles(env: NodeJS.ProcessEnv): Readonly<Record<ProfileName, Profile>> {
  return {
    default: {
      description: 'Two EKS clusters on AWS: supported versions, secure, and cheap.',
      settings: {},
    },
    thesis: {
      description:
        "The thesis's environment: its names and its node groups, with today's versions.",
      settings: {
        // All in one namespace, as in the thesis, so that its policies name the same identities.
        federation: { borders: { namespace: 'default' } },
        weather: { namespace: 'default' },
        state: { kind: 'local', directory: 'state/thesis' },
        network: { zones: 3 },
        eks: {
          nodeGroups: [
            {
              name: 'default',
              instanceTypes: ['t3.medium'],
              capacity: 'on-demand',
              min: 2,
              desired: 2,
              max: 3,
              diskGiB: 100,
            },
          ],
        },
        clusters: {
          istio: { kind: 'eks', name: 'terraform-istio', cidr: '10.10.0.0/16' },
          consul: { kind: 'eks', name: 'terraform-consul', cidr: '10.20.0.0/16' },
        },
      },
      notices: [
        'The borders and the weather application are in the namespace default, as in the thesis: whoever may ' +
          'run pods there can act as the services of either mesh. federation.borders.namespace and ' +
          'weather.namespace give them namespaces of their own.',
        `Kubernetes 1.20 of the thesis is no longer made by EKS: ${DEFAULT_KUBERNETES_VERSION} takes its place.`,
        'AL2_x86_64 (1.20.15-20220629) and the docker runtime ended with it: Amazon Linux 2023 and containerd take their place.',
        'Istio 1.14.1 and the Consul chart 0.40.0 do not support that Kubernetes: the versions in `meshes` take their place.',
      ],
    },
    emulated: {
      description: 'The AWS half of it on an emulator on this machine, for `npm run demo`.',
      settings: {
        state: { kind: 'local', directory: '.demo/state' },
        aws: {
          region: 'eu-north-1',
          // The account of every emulated resource.
          accountId: '123456789012',
          emulator: { endpoint: env['AWS_ENDPOINT_URL'] || EMULATOR_ENDPOINT },
        },
        // Addresses for documentation (RFC 5737): nobody calls the emulated API.
        eks: { endpoint: { publicCidrs: ['203.0.113.0/24'] }, logs: { destroyDelaySeconds: 0 } },
      },
    },
    kind: {
      description:
        'Clusters of kind on this machine, which `npm run kind:up` makes, whatever your meshes are called.',
      settings: {
        state: { kind: 'local', directory: 'state/kind' },
        clusters: {
          istio: kindCluster('istio'),
          consul: kindCluster('consul'),
        },
      },
      cluster: kindCluster,
    },
  };
}
