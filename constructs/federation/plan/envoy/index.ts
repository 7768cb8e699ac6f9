export type { BorderLogEntry, ConnectionLogEntry, RequestLogEntry } from './access-log';
export {
  ADMIN_PORT,
  type BorderConfiguration,
  BOOTSTRAP_FILE,
  configurationFiles,
} from './bootstrap';
export { CALLER_HEADER } from './headers';
export { inboundBorderEnvoy } from './inbound';
export { acceptedConnections, POD_CONNECT_SECONDS } from './limits';
export { outboundBorderEnvoy } from './outbound';
export { METRICS_PAGE, STATUS_PAGES } from './status';
export { DEFAULT_TRACING } from './tracing';
