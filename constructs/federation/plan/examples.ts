import { ByKind, Each, type Example, Must, oneOf, Optional } from '../../example';
import type { HttpPermission } from './crossing';
import type {
  AccessPolicy,
  ConsulService,
  IstioService,
  LinkerdService,
  MeshMember,
  PolicyMesh,
} from './model';
import type { AccessPlan } from './plan';

const SERVICE = { namespace: new Optional('shop'), port: new Optional(8080) };

/** What an access policy is like. */
export const POLICY_EXAMPLE: Example<AccessPolicy> = {
  meshes: new Each<PolicyMesh>(
    new ByKind<PolicyMesh>({
      istio: { services: new Each<IstioService>(SERVICE) },
      consul: { services: new Each<ConsulService>(SERVICE) },
      linkerd: { services: new Each<LinkerdService>(SERVICE) },
    }),
  ),
  rules: [
    {
      from: 'shop/checkout',
      to: 'bank/payments',
      allow: new Optional<readonly HttpPermission[]>([
        {
          methods: new Optional<readonly string[]>(['GET']),
          pathExact: new Optional('/orders'),
          pathPrefix: new Optional('/orders/'),
        },
      ]),
      anyone: new Optional(true),
      policyName: new Optional('allow-checkout'),
    },
  ],
};

/** What a plan takes for granted that a mesh does by itself. */
const MEMBER = { defaultDeny: new Optional(true), sharedTrustDomain: new Optional(true) };

/** What a mesh is like, as it is installed. */
export const MEMBER_EXAMPLE = new ByKind<MeshMember>({
  istio: {
    ...MEMBER,
    mesh: {
      trustDomain: 'shop.example.com',
      rootNamespace: 'istio-system',
      gateway: {
        namespace: 'istio-ingress',
        serviceName: 'istio-ingressgateway',
        serviceAccount: 'istio-ingressgateway',
        selector: new Each('ingressgateway'),
        tlsPort: 8443,
      },
    },
  },
  consul: {
    ...MEMBER,
    mesh: {
      trustDomain: '01234567-89ab-cdef-0123-456789abcdef.consul',
      datacenter: 'dc1',
      namespace: 'mesh',
      releaseName: 'release',
      namePrefix: 'release-consul',
      gateway: { name: 'ingress-gateway', serviceName: 'consul-ingress-gateway' },
      acls: true,
      tls: true,
      defaultIntentionPolicy: new Optional<'allow' | 'deny'>(oneOf('allow', 'deny')),
    },
  },
  linkerd: { ...MEMBER, mesh: { trustDomain: 'depot.example.com', namespace: 'mesh' } },
});

/** What of the options of observability is true or false. */
export const OBSERVABILITY_EXAMPLE = {
  podMonitor: new Optional(true),
  rules: new Optional(true),
  dashboard: new Optional(true),
};

/** What a plan is like: nobody writes one by hand. */
export const PLAN_EXAMPLE: Example<AccessPlan> = new Must('be what compilePolicy returns');
