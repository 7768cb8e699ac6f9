/** Where the calling applications call. */
export interface Entrances {
  /** backend calls `http://info`. */
  readonly info: number;
  /** The same with a new connection, so a new handshake, for each request. */
  readonly infoFresh: number;
  /** backend calls maps by HTTP/2. */
  readonly maps: number;
  /** info calls `http://backend`. */
  readonly backend: number;
  /** The same through a border whose connections live for a second. */
  readonly backendFresh: number;
  /** maps calls backend too, and may do more than info. */
  readonly backendByMaps: number;
  /** maps calls backend's other port, by HTTP/2. */
  readonly backendGrpc: number;
  /** backend calls info straight at its border, past gateway and the border's sidecar. */
  readonly infoByService: number;
  /** info calls backend so. */
  readonly backendByService: number;
  /** maps calls info inside one mesh: one plain mTLS hop, to compare with. */
  readonly oneMesh: number;
  /** Consul's ingress gateway, straight from outside. */
  readonly consulGateway: number;
  /** Istio's ingress gateway, straight from outside. */
  readonly istioGateway: number;
  /** Consul's API gateway, straight from outside. */
  readonly consulApiGateway: number;
  /** Istio's ingress gateway that follows TLSRoutes, straight from outside. */
  readonly istioRoutesGateway: number;
  /** The sidecar of Consul's outbound border, as a workload reaches it that bypasses its own. */
  readonly outboundSidecar: number;
}

/** Every port by which one program of the two meshes reaches another. */
export function wiring(port: () => number) {
  const at: Entrances = {
    info: port(),
    infoFresh: port(),
    maps: port(),
    backend: port(),
    backendFresh: port(),
    backendByMaps: port(),
    backendGrpc: port(),
    infoByService: port(),
    backendByService: port(),
    oneMesh: port(),
    consulGateway: port(),
    istioGateway: port(),
    consulApiGateway: port(),
    istioRoutesGateway: port(),
    outboundSidecar: port(),
  };
  return {
    at,
    /** The applications themselves. */
    apps: { info: port(), maps: port(), backend: port(), backendHttp2: port() },
    /** Between the meshes, to whose gateways these lead. */
    cable: { toConsul: port(), toIstio: port() },
    consul: {
      /** Of the services, and of the inbound borders. */
      sidecars: {
        info: port(),
        maps: port(),
        stock: port(),
        borders: [port(), port()],
        byApi: port(),
      },
      /** Where an inbound border calls the services. */
      calls: { info: port(), maps: port(), stock: port() },
      /** Of the outbound borders for backend. */
      outboundSidecars: [at.outboundSidecar, port()],
      /** Of the one whose connections live for a second. */
      freshSidecar: port(),
      /** Of the one that leads to a border's Service. */
      serviceSidecar: port(),
      /** Of the one for backend's other port. */
      grpcSidecar: port(),
    },
    istio: {
      sidecars: {
        backend: port(),
        backendHttp2: port(),
        queue: port(),
        info: [port(), port()],
        maps: port(),
      },
      calls: { info: port(), maps: port(), mapsGrpc: port(), queue: port() },
    },
  };
}

/** What `wiring` gives. */
export type Wiring = ReturnType<typeof wiring>;
