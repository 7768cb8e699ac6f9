/*
 * Every version that the project chooses, and nowhere else: charts, images, Kubernetes, providers,
 * tools. Data and types; what follows from them is in verdicts.ts.
 */
export { CONSUL, ISTIO, ISTIO_RETIRED_HOSTS, LINKERD } from './charts';
export {
  CLOUD_PROVIDER_KIND,
  CONSUL_CLIENT,
  CONSUL_TEMPLATE,
  ENVOY,
  imageReference,
  NODE,
} from './images';
export { CHECKED, DEFAULT_KUBERNETES_VERSION, KUBERNETES_VERSIONS } from './kubernetes';
export { PROVIDERS } from './providers';
export {
  ACTIONLINT,
  AWS_CLI,
  GATEWAY_API,
  HELM,
  PROMETHEUS_OPERATOR,
  NODE_TOOL,
  OPENTOFU,
  PYTHON,
  REHEARSAL_ENVOY,
  RENOVATE,
  STRYKER,
  TERRAFORM,
} from './tools';
export type {
  Charts,
  Day,
  Fault,
  Image,
  Index,
  KubernetesVersion,
  Pin,
  Provider,
  Release,
  Tool,
} from './types';
