import type { MeshMember } from '../../constructs/federation/plan';

export const CONSUL_TRUST_DOMAIN = '11111111-2222-4333-8444-555555555555.consul';

/** An Istio mesh that is installed, as `IstioMesh` makes it. */
export function istioMember(trustDomain = 'cluster.local'): MeshMember & { kind: 'istio' } {
  return {
    kind: 'istio',
    mesh: {
      trustDomain,
      rootNamespace: 'istio-system',
      gateway: {
        namespace: 'istio-ingress',
        serviceName: 'istio-ingressgateway',
        serviceAccount: 'istio-ingressgateway',
        selector: { istio: 'ingressgateway' },
        tlsPort: 8443,
      },
    },
  };
}

/** A Consul mesh that is installed, as `ConsulMesh` makes it. */
export function consulMember(
  datacenter = 'dc1',
  trustDomain = CONSUL_TRUST_DOMAIN,
): MeshMember & { kind: 'consul' } {
  return {
    kind: 'consul',
    mesh: {
      trustDomain,
      datacenter,
      namespace: 'consul',
      releaseName: 'consul',
      namePrefix: 'consul',
      gateway: { name: 'ingress-gateway', serviceName: 'consul-ingress-gateway' },
      acls: true,
      tls: true,
    },
  };
}

/** A Linkerd mesh that is installed by its charts. */
export function linkerdMember(
  trustDomain = 'linkerd.example.com',
  namespace = 'linkerd',
): MeshMember & { kind: 'linkerd' } {
  return {
    kind: 'linkerd',
    mesh: { trustDomain, namespace, entrance: { allowedSources: ['10.0.0.0/8'] } },
  };
}
