import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { type AccessPolicy, type FederatedMesh, Federation } from '../../../constructs/federation';
import { linkerdMember } from '../../../support/policy/installed-meshes';
import { CONSUL } from '../../helpers/plans';
import { type Block, synthesise } from '../../helpers/synth';

const policy: AccessPolicy = {
  meshes: {
    linkerd: { kind: 'linkerd', services: { orders: {}, shop: {} } },
    consul: { kind: 'consul', services: { info: {}, mail: { port: 25, protocol: 'tcp' } } },
  },
  rules: [
    { from: 'linkerd/shop', to: 'consul/mail' },
    { from: 'linkerd/shop', to: 'consul/info', allow: [{ methods: ['GET'] }] },
    { from: 'consul/info', to: 'linkerd/orders' },
    { from: 'consul/mail', to: 'linkerd/orders' },
  ],
};

const apiServer = { address: 'https://api.example.com' };

function deployed(linkerd: FederatedMesh) {
  const stack = new TerraformStack(Testing.app(), 'test');
  const provider = (alias: string) => new KubernetesProvider(stack, alias, { alias });
  new Federation(stack, 'federation', {
    policy,
    meshes: {
      linkerd: { apiServer, provider: provider('linkerd'), ...linkerd },
      consul: { ...CONSUL, apiServer, provider: provider('consul') },
    },
  });
  return synthesise(stack);
}

const member = linkerdMember();
const output = deployed({
  ...member,
  mesh: { ...member.mesh, entrance: { annotations: { a: 'b' }, allowedSources: ['10.1.0.0/16'] } },
});

interface Metadata {
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

function inLinkerd(type: string): Block[] {
  return Object.values(output.resource?.[type] ?? {}).filter(
    ({ provider }) => provider === 'kubernetes.linkerd',
  );
}

function named(type: string, name: string): Block {
  const found = inLinkerd(type).find(({ metadata }) => (metadata as Metadata).name === name);
  if (found === undefined) throw new Error(`no ${type} ${name}`);
  return found;
}

interface Pods {
  readonly metadata: Metadata;
  readonly spec: {
    readonly container: readonly {
      readonly name: string;
      readonly command?: readonly string[];
      readonly env?: readonly { readonly name: string; readonly value: string }[];
      readonly port?: readonly { readonly name: string; readonly container_port: number }[];
    }[];
    readonly volume: readonly Block[];
  };
}

function podsOf(border: string): Pods {
  const { spec } = named('kubernetes_deployment_v1', border) as {
    readonly spec: { readonly template: Pods };
  };
  return spec.template;
}

describe('a federation with Linkerd', () => {
  it('is entered by one load balancer, whose ports lead to one border each', () => {
    const service = named('kubernetes_service_v1', 'federation-entrance');
    const { spec, metadata } = service as {
      readonly metadata: Metadata;
      readonly spec: {
        readonly type: string;
        readonly selector: Readonly<Record<string, string>>;
        readonly load_balancer_source_ranges: readonly string[];
        readonly port: readonly { readonly port: number; readonly target_port: string }[];
      };
    };
    expect(metadata.annotations).toEqual({ a: 'b' });
    expect(spec).toMatchObject({
      type: 'LoadBalancer',
      load_balancer_source_ranges: ['10.1.0.0/16'],
    });
    expect(spec.port).toHaveLength(2);
    const doors = ['info-border', 'mail-border'].map((border) => {
      const { metadata: pods, spec: pod } = podsOf(border);
      expect(pods.labels).toMatchObject(spec.selector);
      const [envoy] = pod.container;
      return envoy?.port?.find(({ container_port }) => container_port === 8443)?.name;
    });
    expect(new Set(doors).size).toBe(2);
    expect(spec.port.map(({ target_port }) => target_port).sort()).toEqual([...doors].sort());
    // Nothing that leads out is behind it.
    expect(Object.keys(podsOf('info-outbound').metadata.labels ?? {})).not.toContain(
      'mesh-federation/entrance',
    );
  });

  it("waits for the load balancer's address before others are told of it", () => {
    const outbound = Object.values(output.resource?.['kubernetes_config_map_v1'] ?? {}).filter(
      ({ provider, metadata }) =>
        provider === 'kubernetes.consul' && (metadata as Metadata).name === 'orders-outbound',
    );
    expect(JSON.stringify(outbound)).toContain('kubernetes_service_v1.federation_linkerd_entrance');
  });

  it('takes foreign TLS past the proxy, and callers through it', () => {
    expect(podsOf('info-border').metadata.annotations).toMatchObject({
      'linkerd.io/inject': 'enabled',
      'config.linkerd.io/skip-inbound-ports': '8443,9902,9903,9905',
      'config.linkerd.io/default-inbound-policy': 'deny',
    });
    const { annotations = {} } = podsOf('info-outbound').metadata;
    expect(annotations['config.linkerd.io/skip-inbound-ports']).toBe('9902,9903,9905');
    expect(annotations['config.linkerd.io/skip-outbound-ports']).toMatch(/^1\d{4}$/);
  });

  it('tells proxies beforehand of the port that calls come by, and what is spoken there', () => {
    const ports = podsOf('info-outbound').spec.container.flatMap(({ port = [] }) => port);
    expect(ports.map(({ container_port }) => container_port)).toContain(8080);
    const opaque = (name: string) => {
      const { metadata } = inLinkerd('kubernetes_service_v1').find(
        ({ metadata: one, spec }) =>
          (one as Metadata).name === name && (spec as { selector?: unknown }).selector,
      ) as { readonly metadata: Metadata };
      return metadata.annotations?.['config.linkerd.io/opaque-ports'];
    };
    expect(opaque('mail')).toBe('25');
    expect(opaque('info')).toBe('');
  });

  it('gets its certificate for its own account, with a token for nobody but the identity controller', () => {
    const { spec } = podsOf('info-outbound');
    const companion = spec.container.find(({ name }) => name === 'certificate');
    expect(companion?.env).toContainEqual({
      name: 'IDENTITY',
      value: 'info-outbound.federation-borders.serviceaccount.identity.linkerd.linkerd.example.com',
    });
    expect(companion?.env).toContainEqual({
      name: 'IDENTITY_SERVER',
      value: 'http://linkerd-identity.linkerd.svc.cluster.local:8080',
    });
    expect(JSON.stringify(spec.volume)).toContain('"audience":"identity.l5d.io"');
  });

  it('makes no secret, and no key', () => {
    // But for the tokens that every exchange of roots has, which Terraform does not keep.
    expect(inLinkerd('kubernetes_secret_v1').filter(({ data }) => data !== undefined)).toEqual([]);
    expect(Object.keys(output.resource ?? {}).filter((type) => type.startsWith('tls_'))).toEqual(
      [],
    );
  });

  it("reads the mesh's roots and what its authority's job says, and nothing else of its control plane", () => {
    const roles = inLinkerd('kubernetes_role_v1').filter(
      ({ metadata }) => (metadata as { namespace?: string }).namespace === 'linkerd',
    );
    expect(roles).toMatchObject([
      {
        rule: [
          {
            resources: ['configmaps'],
            resource_names: ['linkerd-identity-trust-roots'],
            verbs: ['get'],
          },
          { resources: ['configmaps'], resource_names: ['linkerd-authority'], verbs: ['get'] },
        ],
      },
    ]);
  });
});
