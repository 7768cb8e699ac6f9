import type { KeptValue, ValuesLayers, YamlMap } from '../kubernetes';
import { kept } from '../kubernetes/helm-values';
import { imageProblems } from '../kubernetes/images';
import type { Problem } from '../problems';
import { isUnresolved } from '../unresolved';
import {
  DEFAULT_LINKERD_VERSION,
  LINKERD_REGISTRY,
  linkerdRelease,
  type LinkerdImages,
  type LinkerdMeshProps,
} from './props';

/** The values of each chart for a mesh. */
export function linkerdValues(
  props: LinkerdMeshProps,
): Readonly<Record<'crds' | 'controlPlane', ValuesLayers>> {
  const { valuesFiles: files = {}, gatewayApiCrds = 'install' } = props;
  const { trustDomain = 'cluster.local', defaultInboundPolicy = 'deny' } = props;
  const release = linkerdRelease(props.version ?? DEFAULT_LINKERD_VERSION);
  const registry = props.images?.registry ?? LINKERD_REGISTRY;
  const controller = imageParts(props.images?.controller ?? `${registry}/controller:${release}`);
  const proxy = imageParts(props.images?.proxy ?? `${registry}/proxy:${release}`);
  return {
    crds: {
      base: 'linkerd-crds',
      settings: { installGatewayAPI: gatewayApiCrds === 'install' },
      files: files.crds,
      keep: KEPT_OF_CRDS,
    },
    controlPlane: {
      base: 'linkerd-control-plane',
      settings: {
        // The chart says so too when it comes from a release, but not when from the sources.
        linkerdVersion: release,
        clusterDomain: props.clusterDomain,
        identityTrustDomain: trustDomain,
        controllerImage: controller.name,
        controllerImageVersion: controller.version,
        proxy: { image: proxy, defaultInboundPolicy },
      },
      files: files.controlPlane,
      keep: KEPT_OF_CONTROL_PLANE,
    },
  };
}

/** What is wrong with images that the chart is to take: it needs to know where their tag or digest begins. */
export function linkerdImageProblems(images: LinkerdImages = {}): Problem[] {
  const { controller, proxy } = images;
  return Object.entries({ controller, proxy }).flatMap(([name, image]) =>
    image !== undefined && isUnresolved(image) && image.includes(':')
      ? []
      : imageProblems(['images', name], image),
  );
}

/** The chart puts a colon between the two, before a digest's number too. */
function imageParts(image: string): YamlMap & { readonly name: string; readonly version: string } {
  const colon = image.lastIndexOf(':');
  return { name: image.slice(0, colon), version: image.slice(colon + 1) };
}

const KEPT_OF_CRDS: readonly KeptValue[] = [
  'installGatewayAPI',
  'enableHttpRoutes',
  'enableTlsRoutes',
  'enableTcpRoutes',
].map((path) => kept(path, "comes from the mesh's gatewayApiCrds, which is checked"));

/** What borders, jobs and the mesh's own reference rely on. */
const KEPT_OF_CONTROL_PLANE: readonly KeptValue[] = [
  kept('identityTrustDomain', "comes from the mesh's trustDomain, the end of every identity"),
  kept('clusterDomain', "comes from the mesh's clusterDomain"),
  kept('identity.externalCA', 'must stay true: trust anchor and issuer are made in the cluster'),
  kept('identity.issuer.scheme', 'must stay as it is: so the issuer is kept in its Secret'),
  kept('identity.issuer.tls', 'would put the key of the issuer into the state'),
  kept('identityTrustAnchorsPEM', 'must stay empty: proxies have it from the ConfigMap'),
  kept('proxy.defaultInboundPolicy', "comes from the mesh's defaultInboundPolicy"),
  kept('proxy.ports.inbound', 'must stay as it is: network policies of borders name it'),
  kept(
    'proxyInit.ignoreInboundPorts',
    'would let connections past the proxies of all pods; annotate the pods that need it',
  ),
];
