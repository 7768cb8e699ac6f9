/*
 * What the settings, stacks and programs of this repository need of the compiler and of the jobs beyond `index.ts`,
 * which is the entry `./plan` of the package. No part of the public interface.
 */
export { rootsIn } from '../jobs/endpoint';
export { AUTHORITY, LINKERD_NAMES, PUBLISHED, STATUS } from '../jobs/keys';
export { parsePem } from '../jobs/pem';
export { namesakes, parseFingerprints, parseOwn, type Root } from '../jobs/roots';
export { examine } from '../jobs/trust';
export { printable } from '../jobs/text';
export { lifeOf } from '../jobs/token';
export { tried } from './admission';
export { admissionRules } from './admission-rules';
export { entranceOf, loadBalancerOf } from './borders';
export { LIMIT_RANGES } from './border-limits';
export { REPLICAS } from './border-options';
export type { BorderPlacement } from './crossing';
export { ADMIN_PORT, configurationFiles, inboundBorderEnvoy, outboundBorderEnvoy } from './envoy';
export { spireCallProblems, commonTrustDomainProblems } from './member-problems';
export { gatewayHostProblem, gatewayHostsProblem, hostsOf } from './gateway-hosts';
export { kindOf } from './meshes';
export { MARK_WORDS, marksIn } from './diagram';
export { SIDECAR_PORT as CONSUL_SIDECAR_PORT } from './meshes/consul/access';
export { LINKERD_AUTHORITY } from './meshes/linkerd/authority';
export { dashboard, observabilityProblems, observabilityResources } from './observability';
export { BORDER_SELECTOR } from './observability/labels';
export { inboundBorders, JOB_NAMES, jobsNamespaceOf, meshOf, named, shareCluster } from './plan';
export { sameMeshProblems } from './planned-resources';
export {
  borderNamespace,
  borderNamespaces,
  enteredBy,
  isEnteredByPort,
  resolvePolicy,
  waysBetween,
} from './resolve';
export { readRoots } from './roots-file';
export { KEEP_WITHDRAWN_DAYS, staleSeconds } from './schedule';
export { MESH_NAME_LENGTH } from './service-problems';
export { isCrossing, pairs } from './services';
export { spireBundle, spirePathMistake } from './spire';
export { ENVOY_CONTAINER } from './spire-entry';
export { SPIRE_DEFAULTS } from './spire-options';
export { strangeOffers } from './offer/agreement';
export {
  type EndOfRoots,
  endOfRoots,
  type MadeOffer,
  makeOffer,
  ROOTS_NOTICE_DAYS,
} from './offer/offer';
export { MAX_OFFER_BYTES } from './offer/read';
export { differences } from './offer/terms';
