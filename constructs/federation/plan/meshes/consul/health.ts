import { POD_CONNECT_SECONDS } from '../../envoy';
import type { PassiveHealthCheck } from '../../resources';

/*
 * A pod that has ended stays in Consul's catalogue until the pod of consul-k8s that leads takes it out. If that one
 * has ended too, as when a node with both is drained, its lease of 90 seconds has to end first. Envoy would leave out
 * what does not answer, but Consul's default, a tenth of the instances, is none of two.
 *
 * See https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/subcommand/inject-connect/command.go `LeaseDuration`
 * and https://developer.hashicorp.com/consul/docs/reference/config-entry/service-defaults `PassiveHealthCheck`
 */

/** Never all of them, so one that is alone stays. */
const HALF = { interval: '10s', maxEjectionPercent: 50 } as const;

/** Where only connections can fail: what is passed on is not looked into. */
export const CONNECTION_HEALTH: PassiveHealthCheck = { ...HALF, maxFailures: 2 };

/** Where answers may count, those with status 5xx: as many as Envoy's default. */
export const ANSWERING = {
  connectTimeoutMs: POD_CONNECT_SECONDS * 1000,
  passiveHealthCheck: { ...HALF, maxFailures: 5 },
} as const satisfies { connectTimeoutMs: number; passiveHealthCheck: PassiveHealthCheck };
