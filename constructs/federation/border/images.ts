import { NODE_IMAGE } from '../../kubernetes';

/** Images of the borders' pods, other than the project's own, for a mirror. */
export interface BorderImages {
  /** @default ENVOY_IMAGE */
  readonly envoy?: string;
  /**
   * With a shell and `wget`, in Istio.
   * @default NODE_IMAGE
   */
  readonly shell?: string;
  /**
   * Consul, for `consul login`. Take the servers' version.
   * @default CONSUL_IMAGE
   */
  readonly consul?: string;
  /** @default CONSUL_TEMPLATE_IMAGE */
  readonly consulTemplate?: string;
}

/**
 * The border's Envoy image: upstream's distroless build, by the digest of its multi-architecture
 * index. It is the version that the rehearsal and the tests run.
 * @see https://github.com/envoyproxy/gateway/blob/v1.9.1/api/v1alpha1/shared_types.go the same digest,
 * as Envoy Gateway's `DefaultEnvoyProxyImage`
 */
export const ENVOY_IMAGE =
  'docker.io/envoyproxy/envoy:distroless-v1.39.1@sha256:eb2c01c13125d1629637cb4e4cce7207009fb7cc2c8027f9742758549d15b6f4';

/** Consul, in the version of its chart. */
export const CONSUL_IMAGE = 'docker.io/hashicorp/consul:2.0.3';

/**
 * consul-template. From 0.42 on it has `caLeaf`.
 * @see https://github.com/hashicorp/consul-template/blob/v0.42.1/docs/templating-language.md#caleaf
 */
export const CONSUL_TEMPLATE_IMAGE = 'docker.io/hashicorp/consul-template:0.42.1';

/** Images with every default filled in. */
export function borderImages(images: BorderImages = {}): Required<BorderImages> {
  return {
    envoy: images.envoy ?? ENVOY_IMAGE,
    shell: images.shell ?? NODE_IMAGE,
    consul: images.consul ?? CONSUL_IMAGE,
    consulTemplate: images.consulTemplate ?? CONSUL_TEMPLATE_IMAGE,
  };
}
