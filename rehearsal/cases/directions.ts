import type { Leaf } from '../certificates';
import type { Service } from '../services';
import { BY_SERVICE, SNI, type MeshName, type World } from '../world';

/** One direction of the federation, as an attacker at the receiving gateway, or border, sees it. */
export interface Direction {
  /** Part of case ids. */
  readonly id:
    | 'to-info'
    | 'to-backend'
    | 'to-info-service'
    | 'to-backend-service'
    | 'to-info-api-gateway'
    | 'to-backend-tls-routes';
  readonly title: string;
  /** The mesh that calls. */
  readonly foreign: MeshName;
  /** The mesh that is called. */
  readonly local: MeshName;
  /** The workload whose certificate the receiving border admits. */
  readonly peer: string;
  /** Another workload of the calling mesh. */
  readonly stranger: string;
  readonly serverName: string;
  /** A path that the crossing admits. */
  readonly path: string;
  /** The receiving borders. */
  readonly borders: readonly string[];
  /** What receives: the gateway, or the border itself. */
  readonly gateway: string;
  /** SPIFFE ID that the callee is told. */
  caller(world: World): string;
  port(world: World): number;
  service(world: World): Service;
}

export const TO_INFO: Direction = {
  id: 'to-info',
  title: 'backend to info',
  foreign: 'istio',
  local: 'consul',
  peer: 'backend',
  stranger: 'frontend',
  serverName: SNI.backendToInfo,
  path: '/',
  borders: ['consul inbound backend 1', 'consul inbound backend 2'],
  gateway: 'consul gateway',
  caller: (world) => world.istio.spiffeId('backend'),
  port: (world) => world.at.consulGateway,
  service: (world) => world.services.info,
};

export const TO_BACKEND: Direction = {
  id: 'to-backend',
  title: 'info to backend',
  foreign: 'consul',
  local: 'istio',
  peer: 'backend-outbound',
  stranger: 'billing',
  serverName: SNI.infoToBackend,
  path: '/weather',
  borders: ['istio inbound info 1', 'istio inbound info 2'],
  gateway: 'istio gateway',
  caller: (world) => world.consul.spiffeId('info'),
  port: (world) => world.at.istioGateway,
  service: (world) => world.services.backend,
};

/** The same at the border's own Service. */
const TO_INFO_SERVICE: Direction = {
  ...TO_INFO,
  id: 'to-info-service',
  title: "backend to info, at its border's Service",
  borders: [BY_SERVICE.backend],
  gateway: BY_SERVICE.backend,
  port: (world) => world.border(BY_SERVICE.backend).listen,
};

const TO_BACKEND_SERVICE: Direction = {
  ...TO_BACKEND,
  id: 'to-backend-service',
  title: "info to backend, at its border's Service",
  borders: [BY_SERVICE.info],
  gateway: BY_SERVICE.info,
  port: (world) => world.border(BY_SERVICE.info).listen,
};

/** The same through Consul's API gateway. */
const TO_INFO_API_GATEWAY: Direction = {
  ...TO_INFO,
  id: 'to-info-api-gateway',
  title: "backend to info, at Consul's API gateway",
  borders: ['consul inbound backend 1'],
  port: (world) => world.at.consulApiGateway,
};

/** The same where Istio's gateway follows TLSRoutes. */
export const TO_BACKEND_TLS_ROUTES: Direction = {
  ...TO_BACKEND,
  id: 'to-backend-tls-routes',
  title: "info to backend, at Istio's gateway with TLSRoutes",
  port: (world) => world.at.istioRoutesGateway,
};

export const DIRECTIONS = [TO_INFO, TO_BACKEND, TO_INFO_SERVICE, TO_BACKEND_SERVICE] as const;

/** Wherever an attacker may try. The last two lead to borders of the first. */
export const ENTRANCES = [...DIRECTIONS, TO_INFO_API_GATEWAY, TO_BACKEND_TLS_ROUTES] as const;

/** A certificate of this workload from the mesh's real CA, in an attacker's hands. */
export function stolen(
  world: World,
  direction: Direction,
  workload = direction.peer,
): Promise<Leaf> {
  return world.pki(direction.foreign).steal(workload);
}
