import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { describe, expect, it } from '@jest/globals';
import { AnnotationMetadataEntryType, TerraformStack, Testing } from 'cdktf';
import {
  type AccessPolicy,
  Federation,
  type WayIn,
  type WayOut,
} from '../../../constructs/federation';
import { consulMember, istioMember } from '../../../support/policy/installed-meshes';
import { before, type Block, synthesise } from '../../helpers/synth';

/*
 * Ways in past the gateways: a load balancer for the borders of a mesh, and in a shared cluster each
 * border's own Service. And how the one way, in or out, follows the other.
 */

interface Settings {
  readonly in?: WayIn;
  readonly inFrom?: WayIn;
  readonly cluster?: string;
  readonly out?: WayOut;
  readonly outFrom?: WayOut;
}

function policy({ out, outFrom, ...both }: Settings): AccessPolicy {
  const of = (namespace: string) => ({ namespace });
  return {
    meshes: {
      istio: {
        kind: 'istio',
        ...both,
        out,
        outFrom,
        borderNamespace: 'borders-istio',
        services: { backend: of('shop') },
      },
      consul: {
        kind: 'consul',
        ...both,
        borderNamespace: 'borders-consul',
        services: { info: of('news') },
      },
    },
    rules: [
      { from: 'istio/backend', to: 'consul/info' },
      { from: 'consul/info', to: 'istio/backend' },
    ],
  };
}

/** A stack with both meshes. */
function federated(
  settings: Settings,
  allowedSources: readonly string[] | undefined = ['10.1.0.0/16'],
): TerraformStack {
  const stack = new TerraformStack(Testing.app(), 'test');
  const provider = (alias: string) => new KubernetesProvider(stack, alias, { alias });
  const [one, other] =
    settings.cluster === undefined
      ? [provider('istio'), provider('consul')]
      : [provider('shared'), undefined];
  // In one cluster nobody needs a way to its API from another one.
  const apiServer =
    settings.cluster === undefined ? { address: 'https://api.example.com' } : undefined;
  const entrance = { annotations: { a: 'b' }, allowedSources };
  const [istio, consul] = [istioMember(), consulMember()];
  new Federation(stack, 'federation', {
    policy: policy(settings),
    meshes: {
      istio: { ...istio, mesh: { ...istio.mesh, entrance }, provider: one, apiServer },
      consul: { ...consul, mesh: { ...consul.mesh, entrance }, provider: other ?? one, apiServer },
    },
  });
  return stack;
}

/** What would be deployed, of one type, by namespace and name. */
function deployed(settings: Settings): (type: string) => Map<string, Block> {
  const { resource = {} } = synthesise(federated(settings));
  return (type) => {
    const all = Object.values(resource[type] ?? {}).map((block): [string, Block] => {
      const manifest = (block.manifest ?? block) as Block;
      const { namespace, name } = manifest.metadata as Metadata;
      const kind = block.manifest === undefined ? '' : `${String(manifest.kind)} `;
      return [`${kind}${namespace === undefined ? '' : `${namespace}/`}${name}`, manifest];
    });
    const found = new Map(all);
    // Of two with one name in one cluster, the second would be refused.
    if (settings.cluster !== undefined) expect(found.size).toBe(all.length);
    return found;
  };
}

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

function specOf<Spec>(block: Block | undefined): Spec {
  return block?.spec as Spec;
}

function podsOf(of: ReturnType<typeof deployed>, border: string): { readonly metadata: Metadata } {
  return specOf<{ template: { metadata: Metadata } }>(of('kubernetes_deployment_v1').get(border))
    .template;
}

interface Ingress {
  readonly ingress: readonly {
    readonly from: readonly {
      readonly namespace_selector?: { readonly match_labels: Readonly<Record<string, string>> };
      readonly pod_selector?: { readonly match_labels: Readonly<Record<string, string>> };
      readonly ip_block?: { readonly cidr: string };
    }[];
    readonly ports: readonly { readonly port: string }[];
  }[];
  readonly egress: readonly unknown[];
}

function networkOf(of: ReturnType<typeof deployed>, border: string): Ingress {
  return specOf<Ingress>(of('kubernetes_network_policy_v1').get(border));
}

function envoyOf(of: ReturnType<typeof deployed>, border: string): string {
  const { data } = of('kubernetes_config_map_v1').get(border) as {
    readonly data: Readonly<Record<string, string>>;
  };
  // Without the space that makes it readable.
  return Object.values(data).join('\n').replaceAll(/\s/g, '');
}

const FROM_EVERYBODY = [
  {
    from: [{ ip_block: { cidr: '0.0.0.0/0' } }, { ip_block: { cidr: '::/0' } }],
    ports: [{ port: '8443', protocol: 'TCP' }],
  },
];

const EXCLUDED = 'traffic.sidecar.istio.io/excludeInboundPorts';

/** What the synthesis warns of. */
function warnings(stack: TerraformStack): string[] {
  return stack.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === String(AnnotationMetadataEntryType.WARN))
    .map(({ data }) => String(data));
}

it.each<[string, Settings, readonly string[], number]>([
  ['of borders, open to everybody', { in: 'service' }, [], 2],
  ['of borders, for some addresses', { in: 'service' }, ['10.1.0.0/16'], 0],
  ["of the meshes' gateways, which are not made here", {}, [], 0],
])('A load balancer %s: the synthesis warns where it is open', (_, settings, sources, count) => {
  const said = warnings(federated(settings, sources)).filter((text) =>
    text.includes('may try a handshake'),
  );
  expect(said).toHaveLength(count);
});

describe.each([
  ['Istio', 'borders-istio', 'info-border'],
  ['Consul', 'borders-consul', 'backend-inbound'],
])('the way into %s by the load balancer of its borders', (_, namespace, border) => {
  const of = deployed({ in: 'service' });

  it('has a port for each border, for the addresses that may connect', () => {
    const service = of('kubernetes_service_v1').get(`${namespace}/federation-entrance`);
    expect((service?.metadata as Metadata).annotations).toEqual({ a: 'b' });
    const spec = specOf<{ port: { target_port: string }[]; selector: Record<string, string> }>(
      service,
    );
    expect(spec).toMatchObject({
      type: 'LoadBalancer',
      load_balancer_source_ranges: ['10.1.0.0/16'],
      port: [{ protocol: 'TCP' }],
    });
    expect(podsOf(of, `${namespace}/${border}`).metadata.labels).toMatchObject(spec.selector);
    expect(JSON.stringify(of('kubernetes_deployment_v1').get(`${namespace}/${border}`))).toContain(
      `"container_port":8443,"name":"${spec.port[0]?.target_port ?? ''}"`,
    );
  });

  it('opens the one port, on which Envoy itself asks for a certificate', () => {
    expect(networkOf(of, `${namespace}/${border}`).ingress).toEqual(FROM_EVERYBODY);
    expect(envoyOf(of, `${namespace}/${border}`)).toContain('"require_client_certificate":true');
  });
});

it('lets nobody else through the sidecar of such a border, nor the gateway', () => {
  const of = deployed({ in: 'service' });
  expect(podsOf(of, 'borders-istio/info-border').metadata.annotations?.[EXCLUDED]).toMatch(
    /^8443,/,
  );
  const manifests = of('kubernetes_manifest');
  expect(manifests.get('AuthorizationPolicy borders-istio/border.info')?.spec).toMatchObject({
    action: 'ALLOW',
    rules: [],
  });
  expect(manifests.get('ServiceIntentions consul/border.backend')?.spec).toMatchObject({
    sources: [{ name: '*', action: 'deny' }],
  });
  const kinds = [...manifests.keys()].map((key) => key.split(' ')[0]);
  expect(kinds).not.toContain('Gateway');
  expect(kinds).not.toContain('IngressGateway');
  expect([...manifests.keys()]).not.toContain('AuthorizationPolicy istio-ingress/federation');
});

describe.each<WayOut>(['sidecar', 'border'])('in one cluster, out by a %s', (out) => {
  const of = deployed({ cluster: 'shared', out });

  it('each call goes straight to the border', () => {
    expect(envoyOf(of, 'borders-consul/backend-outbound')).toContain(
      '"address":"info-border.borders-istio.svc.cluster.local","port_value":8443',
    );
    const inbound = 'backend-inbound.borders-consul.svc.cluster.local';
    if (out === 'border') {
      expect(envoyOf(of, 'borders-istio/info-outbound')).toContain(`"address":"${inbound}"`);
    } else {
      expect(
        of('kubernetes_manifest').get('ServiceEntry shop/federation.info')?.spec,
      ).toMatchObject({ endpoints: [{ address: inbound, ports: { http: 8443 } }] });
    }
  });

  it('nothing is open to the world, and nobody has a load balancer or a gateway', () => {
    const services = [...of('kubernetes_service_v1').values()].map(specOf<{ type?: string }>);
    expect(services.map(({ type }) => type)).not.toContain('LoadBalancer');
    const caller =
      out === 'border'
        ? { namespace: 'borders-istio', labels: { 'mesh-federation/border': 'info-outbound' } }
        : { namespace: 'shop', labels: { app: 'backend' } };
    expect(networkOf(of, 'borders-consul/backend-inbound').ingress).toEqual([
      {
        from: [
          {
            namespace_selector: {
              match_labels: { 'kubernetes.io/metadata.name': caller.namespace },
            },
            pod_selector: { match_labels: caller.labels },
          },
        ],
        ports: [{ port: '8443', protocol: 'TCP' }],
      },
    ]);
    expect(JSON.stringify(networkOf(of, 'borders-consul/backend-outbound').egress)).not.toContain(
      'cidr',
    );
  });

  it('roots are read within the cluster, without tokens', () => {
    expect([...of('kubernetes_secret_v1').keys()]).toEqual([]);
    expect([...of('kubernetes_namespace_v1').keys()].sort()).toEqual([
      'mesh-federation-consul',
      'mesh-federation-istio',
    ]);
    expect(of('kubernetes_role_v1').get('mesh-federation-consul/roots-reader-istio')?.rule).toEqual(
      [
        {
          api_groups: [''],
          resources: ['configmaps'],
          resource_names: ['roots-consul'],
          verbs: ['get'],
        },
      ],
    );
    expect(
      of('kubernetes_role_binding_v1').get('mesh-federation-consul/roots-reader-istio')?.subject,
    ).toEqual([
      { kind: 'ServiceAccount', name: 'sync-consul', namespace: 'mesh-federation-istio' },
    ]);
  });

  it('what guards one mesh leaves the services of the other alone', () => {
    const workloads = of('kubernetes_manifest').get(
      'ValidatingAdmissionPolicy mesh-federation-workloads-consul',
    );
    expect(JSON.stringify(workloads)).toContain("in ['shop/backend', ");
  });
});

/** Where Terraform has the pods of a border, and a custom resource. */
function addresses(stack: TerraformStack) {
  const { resource = {} } = synthesise(stack);
  const find = (type: string, isIt: (block: Block) => boolean) => {
    const found = Object.entries(resource[type] ?? {}).find(([, block]) => isIt(block));
    if (found === undefined) throw new Error(`no such ${type}`);
    return `${type}.${found[0]}`;
  };
  const nameOf = ({ metadata }: Block) => (metadata as Metadata).name;
  return {
    pods: (border: string) => find('kubernetes_deployment_v1', (one) => nameOf(one) === border),
    manifest: (kind: string, name: string) =>
      find('kubernetes_manifest', ({ manifest }) => {
        const one = manifest as Block;
        return one.kind === kind && nameOf(one) === name;
      }),
  };
}

describe.each<[WayIn, WayIn]>([
  ['service', 'gateway'],
  ['gateway', 'service'],
])('while calls that entered by the other way enter by %s', (now, inFrom) => {
  const stack = federated({ in: now, inFrom });
  const of = deployed({ in: now, inFrom });
  const manifests = of('kubernetes_manifest');
  const file = synthesise(stack);

  const { pods, manifest } = addresses(stack);

  it('gateway and load balancer both lead to the border', () => {
    for (const namespace of ['borders-istio', 'borders-consul']) {
      const service = of('kubernetes_service_v1').get(`${namespace}/federation-entrance`);
      expect(specOf<{ port: unknown[] }>(service).port).toHaveLength(1);
    }
    expect([...manifests.keys()]).toEqual(
      expect.arrayContaining([
        'Gateway istio-ingress/federation',
        'VirtualService istio-ingress/border.info',
        'AuthorizationPolicy istio-ingress/federation',
        'IngressGateway consul/ingress-gateway',
      ]),
    );
    expect(
      specOf<{ rules: unknown[] }>(manifests.get('AuthorizationPolicy borders-istio/border.info'))
        .rules,
    ).toHaveLength(1);
    expect(manifests.get('ServiceIntentions consul/border.backend')?.spec).toMatchObject({
      sources: [
        { name: 'ingress-gateway', action: 'allow' },
        { name: '*', action: 'deny' },
      ],
    });
  });

  it('the border takes both without the TLS of its mesh, and the gateway knows that', () => {
    const { labels, annotations } = podsOf(of, 'borders-istio/info-border').metadata;
    expect(annotations?.[EXCLUDED]).toMatch(/^8443,/);
    expect(labels?.['security.istio.io/tlsMode']).toBe('disabled');
    // Loopback leads to what the sidecar has, and the pod's address to what comes past it.
    expect(envoyOf(of, 'borders-consul/backend-inbound')).toMatch(
      /"address":"::","port_value":8443/,
    );
    for (const border of ['borders-istio/info-border', 'borders-consul/backend-inbound']) {
      const { ingress } = networkOf(of, border);
      expect(ingress).toEqual(expect.arrayContaining(FROM_EVERYBODY));
      expect(ingress).toHaveLength(2);
    }
  });

  it('calls take the new one', () => {
    const entry = manifests.get('ServiceEntry shop/federation.info');
    const addresses = specOf<{ endpoints: { address: string }[] }>(entry).endpoints;
    const consul = JSON.stringify(addresses);
    const istio = envoyOf(of, 'borders-consul/backend-outbound');
    for (const text of [consul, istio]) {
      const entrance = /kubernetes_service_v1\.federation_\w+_entrance_/;
      if (now === 'service') expect(text).toMatch(entrance);
      else expect(text).not.toMatch(entrance);
    }
    // Until its pods have changed, some call by the former port.
    const egress = JSON.stringify(networkOf(of, 'borders-consul/backend-outbound').egress);
    expect(egress).toMatch(/"port":"8443"/);
    expect(egress).toMatch(/"port":"1\d{4}"/);
  });

  it('and not before it leads on', () => {
    const ways =
      now === 'service'
        ? [pods('info-border')]
        : [pods('info-border'), manifest('VirtualService', 'border.info')];
    expect([...before(file, pods('backend-outbound'))]).toEqual(expect.arrayContaining(ways));
    expect([...before(file, manifest('ServiceEntry', 'federation.info'))]).toEqual(
      expect.arrayContaining([pods('backend-inbound')]),
    );
    // Nothing waits for itself.
    expect(before(file, pods('info-border')).has(pods('backend-outbound'))).toBe(false);
  });
});

describe("In one cluster, calls that change from the border's own Service to the gateway", () => {
  const of = deployed({ cluster: 'shared', in: 'gateway', inFrom: 'service' });

  it('are let in by both meanwhile, and by no load balancer', () => {
    for (const border of ['borders-istio/info-border', 'borders-consul/backend-inbound']) {
      expect(JSON.stringify(networkOf(of, border).ingress)).toMatch(
        border.includes('istio') ? /istio-ingress.*borders-consul/ : /"consul".*"shop"/,
      );
    }
    const services = [...of('kubernetes_service_v1').values()].map(specOf<{ type?: string }>);
    expect(services.map(({ type }) => type)).not.toContain('LoadBalancer');
  });

  it.each<Settings>([
    { cluster: 'shared' },
    { cluster: 'shared', in: 'gateway', inFrom: 'service' },
    { cluster: 'shared', in: 'gateway' },
  ])('leave that Service its address: %p', (settings) => {
    const service = deployed(settings)('kubernetes_service_v1').get(
      'borders-consul/backend-inbound',
    );
    expect(specOf<{ cluster_ip?: string }>(service).cluster_ip).not.toBe('None');
  });
});

it("No sidecar is kept from the name of an outbound border's Service otherwise", () => {
  const name = deployed({ out: 'border' })('kubernetes_service_v1').get('shop/info');
  expect((name?.metadata as Metadata).annotations).toBeUndefined();
});

describe.each<[WayOut, WayOut]>([
  ['border', 'sidecar'],
  ['sidecar', 'border'],
])('while calls that left by the other way leave by the %s', (out, outFrom) => {
  const stack = federated({ out, outFrom });
  const of = deployed({ out, outFrom });
  const manifests = of('kubernetes_manifest');
  const file = synthesise(stack);
  const { pods, manifest } = addresses(stack);
  const route = manifest('VirtualService', 'federation.info');

  it('the border of the other mesh admits who speaks on both ways, and nobody else', () => {
    const admitted = envoyOf(of, 'borders-consul/backend-inbound').matchAll(
      /"san_type":"URI","matcher":{"exact":"spiffe:\/\/cluster.local([^"]*)"}/g,
    );
    const ways = { sidecar: '/ns/shop/sa/backend', border: '/ns/borders-istio/sa/info-outbound' };
    expect([...new Set([...admitted].map(([, id]) => id))]).toEqual([ways[out], ways[outFrom]]);
  });

  it('one route says which way calls go, and both are there', () => {
    expect(manifests.get('VirtualService shop/federation.info')?.spec).toMatchObject({
      http: [
        {
          match: [{ port: 80, sourceLabels: { app: 'backend' } }],
          route: [
            {
              destination:
                out === 'border'
                  ? { host: 'info.borders-istio.svc.cluster.local', port: { number: 80 } }
                  : { host: 'info.shop.svc.cluster.local', subset: 'backend' },
            },
          ],
        },
      ],
    });
    expect([...manifests.keys()]).toEqual(
      expect.arrayContaining([
        'ServiceEntry shop/federation.info',
        'DestinationRule shop/backend.to.info',
        'DestinationRule shop/info.closed',
        'AuthorizationPolicy borders-istio/border.info-outbound',
      ]),
    );
    // Istio would go by this Service, and no longer by the ServiceEntry.
    const name = of('kubernetes_service_v1').get('shop/info')?.metadata as Metadata;
    expect(name.annotations).toEqual({ 'networking.istio.io/exportTo': '~' });
  });

  it('and changes when the new way leads on', () => {
    const earlier = before(file, route);
    expect(earlier.has(pods('backend-inbound'))).toBe(true);
    expect(
      earlier.has(
        out === 'border' ? pods('info-outbound') : manifest('ServiceEntry', 'federation.info'),
      ),
    ).toBe(true);
    if (out === 'border') {
      // So what does not admit it yet is gone when it calls.
      expect(before(file, pods('info-outbound')).has(pods('backend-inbound'))).toBe(true);
    } else {
      // So sidecars know their way when the border admits them.
      const name = Object.entries(file.resource?.['kubernetes_service_v1'] ?? {}).find(
        ([, { metadata }]) => (metadata as Metadata).namespace === 'shop',
      );
      const ready = before(file, pods('backend-inbound'));
      expect(ready.has(`kubernetes_service_v1.${name?.[0] ?? ''}`)).toBe(true);
      expect(ready.has(manifest('ServiceEntry', 'federation.info'))).toBe(true);
    }
  });
});

it('That route is the same resource whichever way calls leave', () => {
  const all: Settings[] = [
    { out: 'sidecar' },
    { out: 'border', outFrom: 'sidecar' },
    { out: 'border' },
    { out: 'sidecar', outFrom: 'border' },
  ];
  const routes = all.map((settings) =>
    addresses(federated(settings)).manifest('VirtualService', 'federation.info'),
  );
  expect(new Set(routes).size).toBe(1);
});

describe('Of ways in and out that change at once', () => {
  const ways = [
    { in: 'service', inFrom: 'gateway' },
    { in: 'gateway', inFrom: 'service' },
  ] as const;
  const waysOut = [
    { out: 'border', outFrom: 'sidecar' },
    { out: 'sidecar', outFrom: 'border' },
  ] as const;
  const both = ways.flatMap((one) => waysOut.map((other): Settings => ({ ...one, ...other })));

  it.each(both.flatMap((one) => [one, { ...one, cluster: 'shared' }]))(
    'nothing waits for itself: %j',
    (settings) => {
      const file = synthesise(federated(settings));
      const all = Object.entries(file.resource ?? {}).flatMap(([type, byId]) =>
        Object.keys(byId).map((id) => `${type}.${id}`),
      );
      expect(all.filter((address) => before(file, address).has(address))).toEqual([]);
    },
  );
});
