import { CONSUL_CLIENT, CONSUL_TEMPLATE, ENVOY, imageReference } from '../../../versions';
import { NODE_IMAGE } from '../../kubernetes/images';

/** Images of the borders' pods, other than the project's own, for a mirror. */
export interface BorderImages {
  /** @default ENVOY_IMAGE */
  readonly envoy?: string;
  /**
   * With a shell and `wget`, of borders in Istio and with SPIRE; in Linkerd with Node.js 24 or later too.
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

/** Consul, in the version of its chart. */
export const CONSUL_IMAGE = imageReference(CONSUL_CLIENT);

/** The image of consul-template for borders in Consul. */
export const CONSUL_TEMPLATE_IMAGE = imageReference(CONSUL_TEMPLATE);

/**
 * The border's Envoy image: upstream's distroless build, by the digest of its multi-architecture
 * index. The rehearsal and the tests run a patch of the same minor version.
 */
export const ENVOY_IMAGE = imageReference(ENVOY);

/** Images with every default filled in. */
export function borderImages(images: BorderImages = {}): Required<BorderImages> {
  return {
    envoy: images.envoy ?? ENVOY_IMAGE,
    shell: images.shell ?? NODE_IMAGE,
    consul: images.consul ?? CONSUL_IMAGE,
    consulTemplate: images.consulTemplate ?? CONSUL_TEMPLATE_IMAGE,
  };
}
