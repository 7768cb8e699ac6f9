import { Agent } from 'node:http';
import { networkInterfaces } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { parse } from 'yaml';
import {
  Border,
  type BorderProps,
  CONSUL_IMAGE,
  ENVOY_IMAGE,
} from '../../../constructs/federation';
import type { RequestOptions } from '../../../constructs/federation/plan';
import { ClusterProviders } from '../../../constructs/kubernetes';
import { call, get } from '../../../rehearsal/clients';
import { Envoy } from '../../../rehearsal/envoy';
import { freePorts } from '../../../rehearsal/ports';
import { Processes } from '../../../rehearsal/processes';
import { borderComplaints, borderPod } from '../../helpers/border-files';
import { testConnection } from '../../helpers/cluster';
import { describeWithEnvoy } from '../../helpers/envoy';
import { temporaryFolder } from '../../helpers/files';
import {
  type Container,
  deployment as deploymentSchema,
  type PodTemplate,
} from '../../helpers/pods';
import { borderOf, CONSUL, ISTIO, planOf, WEATHER } from '../../helpers/plans';
import {
  addresses,
  before,
  type Block,
  resource,
  resources,
  synthesise,
} from '../../helpers/synth';

const SERVERS_CA = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n';
const GATEWAY = 'istio.example.com';

type Own = Partial<BorderProps>;

function deployed(props: BorderProps): TerraformStack {
  const stack = new TerraformStack(Testing.app(), 'test');
  new ClusterProviders(stack, 'cluster', { connection: testConnection });
  new Border(stack, 'border', props);
  return stack;
}

const plan = planOf(WEATHER);
/** The backend's calls leave by a border. */
const OUT = planOf({
  ...WEATHER,
  meshes: {
    ...WEATHER.meshes,
    istio: {
      kind: 'istio',
      borderNamespace: 'default',
      services: { frontend: {}, backend: { out: 'border' } },
    },
  },
});
const istioInbound = (own: Own = {}) =>
  deployed({ border: borderOf(plan, 'istio', 'in'), mesh: ISTIO, ...own });
const consulInbound = (own: Own = {}) =>
  deployed({
    border: borderOf(plan, 'consul', 'in'),
    mesh: CONSUL,
    serversCa: SERVERS_CA,
    ...own,
  });
const consulOutbound = (own: Own = {}) =>
  deployed({
    border: borderOf(plan, 'consul', 'out'),
    mesh: CONSUL,
    serversCa: SERVERS_CA,
    gatewayAddress: GATEWAY,
    ...own,
  });

const istioOutbound = (own: Own = {}) =>
  deployed({ border: borderOf(OUT, 'istio', 'out'), mesh: ISTIO, gatewayAddress: GATEWAY, ...own });

const kinds = {
  'a border in Istio': istioInbound,
  'an outbound border in Istio': istioOutbound,
  'an inbound border in Consul': consulInbound,
  'an outbound border in Consul': consulOutbound,
} as const;

function deployment(stack: TerraformStack) {
  return deploymentSchema.parse(resource(stack, 'kubernetes_deployment_v1'));
}

function pod(stack: TerraformStack): PodTemplate {
  return deployment(stack).spec.template;
}

function container(stack: TerraformStack, name: string): Container {
  const { container: running, init_container: first = [] } = pod(stack).spec;
  const found = [...running, ...first].find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}

function mountOf(stack: TerraformStack, name: string, path: string) {
  return container(stack, name).volume_mount.find(({ mount_path }) => mount_path === path);
}

function volume(stack: TerraformStack, name: string) {
  return pod(stack).spec.volume.find((candidate) => candidate.name === name);
}

function files(stack: TerraformStack): Readonly<Record<string, string>> {
  return resource(stack, 'kubernetes_config_map_v1').data as Record<string, string>;
}

function networkPolicy(stack: TerraformStack) {
  return resource(stack, 'kubernetes_network_policy_v1').spec as {
    readonly ingress: readonly Block[];
    readonly egress: readonly Block[];
    readonly policy_types: readonly string[];
  };
}

/** Another value than the default of each option: TypeScript asks for those that are added. */
const OTHER_REQUESTS: Required<RequestOptions> = { headersWithUnderscores: 'pass' };

const anyPodOf = (namespace: string) => ({
  namespace_selector: { match_labels: { 'kubernetes.io/metadata.name': namespace } },
});
const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: 'TCP', port: String(port) }));

describe.each(Object.entries(kinds))('%s', (_, border) => {
  const stack = border();

  it('has no rights on its node', () => {
    const { spec } = pod(stack);
    expect(spec.security_context).toMatchObject({
      run_as_non_root: true,
      seccomp_profile: { type: 'RuntimeDefault' },
    });
    // 1337 is Istio's sidecar, 5995 and 5996 are Consul's: their traffic is not redirected.
    expect(['0', '1337', '5995', '5996']).not.toContain(spec.security_context.run_as_user);
    const containers = [...spec.container, ...(spec.init_container ?? [])];
    expect(containers.map(({ security_context }) => security_context)).toEqual(
      containers.map(() => ({
        allow_privilege_escalation: false,
        read_only_root_filesystem: true,
        // Said for each container: what is left out there overrules the pod.
        run_as_non_root: true,
        capabilities: { drop: ['ALL'] },
      })),
    );
  });

  it.each(Object.entries(OTHER_REQUESTS))('tells Envoy its %s', (option, value) => {
    expect(files(border({ [option]: value }))['envoy.json']).not.toBe(files(stack)['envoy.json']);
  });

  it('has bounded memory, above the heap at which Envoy refuses requests', () => {
    const small = border({ limits: { heapMebibytes: 100 } });
    expect(container(small, 'envoy').resources.limits).toEqual({ memory: '164Mi' });
    const { container: running, init_container: first = [] } = pod(stack).spec;
    for (const { resources: own } of [...running, ...first]) {
      expect(own.limits.memory).toMatch(/Mi$/);
    }
  });

  it('runs Envoy by digest, and every other image by an exact version', () => {
    const { container: running, init_container: first = [] } = pod(stack).spec;
    expect(running[0]?.image).toBe(ENVOY_IMAGE);
    for (const { image } of [...running, ...first]) {
      expect(image).toMatch(
        /^docker\.io\/[a-z/-]+:[\w.-]*\d+\.\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$/,
      );
    }
  });

  it('takes all images from a mirror', () => {
    const mirrored = border({
      images: {
        envoy: 'registry.example.com/envoy:1',
        shell: 'registry.example.com/shell:1',
        consul: 'registry.example.com/consul:1',
        consulTemplate: 'registry.example.com/consul-template:1',
      },
    });
    const { container: running, init_container: first = [] } = pod(mirrored).spec;
    for (const { image } of [...running, ...first]) {
      expect(image).toMatch(/^registry\.example\.com\//);
    }
  });

  it('is two pods, apart from each other, of which one may be away', () => {
    const { spec } = deployment(stack);
    const selector = { match_labels: { 'mesh-federation/border': expect.any(String) } };
    expect(spec).toMatchObject({
      replicas: '2',
      selector,
      strategy: { rolling_update: { max_unavailable: '0', max_surge: '1' } },
    });
    expect(spec.template.metadata.labels).toMatchObject(selector.match_labels);
    expect(spec.template.spec.topology_spread_constraint).toEqual(
      ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topology_key) =>
        expect.objectContaining({
          topology_key,
          when_unsatisfiable: 'ScheduleAnyway',
          // Those of the former template would else count as well, while new ones take their place.
          match_label_keys: ['pod-template-hash'],
        }),
      ),
    );
    expect(resource(stack, 'kubernetes_pod_disruption_budget_v1').spec).toMatchObject({
      max_unavailable: '1',
      selector,
    });
    // With one pod a budget would only keep its node from being drained.
    expect(resources(border({ replicas: 1 }), 'kubernetes_pod_disruption_budget_v1')).toEqual({});
  });

  it('rolls its pods when its configuration changes, and only then', () => {
    const [id] = Object.keys(resources(stack, 'kubernetes_config_map_v1'));
    expect(pod(stack).metadata.annotations['mesh-federation/configuration']).toBe(
      `\${sha256(jsonencode(kubernetes_config_map_v1.${id}.data))}`,
    );
    expect(synthesise(border())).toEqual(synthesise(border()));
  });

  it('waits for the foreign roots, and sees them renewed', () => {
    const roots = volume(stack, 'foreign-roots');
    expect(roots?.config_map).toEqual({
      name: expect.stringMatching(/^federation-roots-(istio|consul)$/),
      // A file that is missing keeps the pod from starting. "optional" would not.
      items: [{ key: 'roots.pem', path: 'roots.pem' }],
    });
    const mount = mountOf(stack, 'envoy', '/etc/federation-roots');
    expect(mount).toMatchObject({ name: 'foreign-roots', read_only: true });
    // A part of a volume is never renewed.
    expect(mount).not.toHaveProperty('sub_path');
    expect(files(stack)['foreign-bundle.json']).toContain('/etc/federation-roots/roots.pem');
  });

  it('is probed past its sidecar', () => {
    const { annotations } = pod(stack).metadata;
    const envoy = container(stack, 'envoy');
    expect(envoy.readiness_probe).toMatchObject({ http_get: { path: '/ready', port: '9902' } });
    // Roots that are not there yet are no reason for a restart.
    for (const probe of ['startup_probe', 'liveness_probe'] as const) {
      expect(envoy[probe]).toMatchObject({ http_get: { path: '/live', port: '9902' } });
    }
    // A node without time to spare fails probes for minutes; to restart its borders then fails calls.
    const { period_seconds: period, failure_threshold: failures } = envoy.liveness_probe ?? {};
    expect(Number(period) * Number(failures)).toBeGreaterThanOrEqual(300);
    expect(
      annotations['traffic.sidecar.istio.io/excludeInboundPorts'] ??
        annotations['consul.hashicorp.com/transparent-proxy-exclude-inbound-ports'] ??
        // Nothing is redirected.
        (annotations['consul.hashicorp.com/transparent-proxy'] === 'false'
          ? '9902,9903,9905'
          : undefined),
    ).toBe('9902,9903,9905');
  });

  it('ends its connections before it ends', () => {
    const slow = border({ limits: { drainSeconds: 60 } });
    const { spec } = pod(slow);
    const envoy = container(slow, 'envoy');
    expect(envoy.lifecycle?.pre_stop).toEqual([{ http_get: { path: '/', port: '9903' } }]);
    expect(envoy.command.join(' ')).toContain('--drain-time-s 60');
    const companion = spec.container[1];
    expect(JSON.stringify(companion?.lifecycle?.pre_stop)).toContain(
      'http://127.0.0.1:9901/drain_listeners?graceful&skip_exit',
    );
    // Meanwhile the sidecar must go on, and then has its own time.
    const { annotations } =
      spec.termination_grace_period_seconds > 130 ? pod(slow).metadata : never();
    expect(
      annotations['proxy.istio.io/config'] ??
        annotations['consul.hashicorp.com/sidecar-proxy-lifecycle-shutdown-grace-period-seconds'],
    ).toMatch(/(terminationDrainDuration: |^)70/);
  });

  it('has no token of Kubernetes in Envoy', () => {
    expect(pod(stack).spec.automount_service_account_token).toBe(false);
    expect(
      container(stack, 'envoy').volume_mount.map(({ mount_path }) => mount_path),
    ).not.toContainEqual(expect.stringMatching(/serviceaccount|token/));
  });

  it('is closed to everything that it does not need', () => {
    const { policy_types, ingress, egress } = networkPolicy(stack);
    expect(policy_types).toEqual(['Ingress', 'Egress']);
    // A rule without a peer is open to everybody: DNS alone may be.
    expect(ingress.filter(({ from }) => from === undefined)).toEqual([]);
    expect(egress.filter(({ to }) => to === undefined)).toEqual([
      { ports: [{ protocol: 'UDP', port: '53' }, ...tcp(53)] },
    ]);
    // The kubelet's probes and hooks come from the node, which a policy does not keep away.
    expect(JSON.stringify(ingress)).not.toMatch(/990[1-5]/);
  });

  it('shows its metrics to one namespace when told to', () => {
    const { ingress } = networkPolicy(border({ metricsNamespace: 'monitoring' }));
    expect(ingress.at(-1)).toMatchObject({
      from: [anyPodOf('monitoring')],
      ports: expect.arrayContaining(tcp(9905)),
    });
  });

  it('has its account and its network policy before its pods', () => {
    const all = synthesise(stack);
    const [pods = ''] = addresses(all, 'kubernetes_deployment_v1');
    expect([...before(all, pods)]).toEqual(
      expect.arrayContaining([
        ...addresses(all, 'kubernetes_service_account_v1'),
        ...addresses(all, 'kubernetes_network_policy_v1'),
      ]),
    );
  });

  it('has nothing secret in it', () => {
    expect(JSON.stringify(synthesise(stack))).not.toMatch(/PRIVATE KEY|kubernetes_secret/);
  });
});

function never(): never {
  throw new Error('the sidecar has no time left');
}

describe('a border in Istio', () => {
  const stack = istioInbound();

  it('runs as the foreign service, in the mesh', () => {
    expect(pod(stack).spec.service_account_name).toBe('info');
    expect(resource(stack, 'kubernetes_service_account_v1')).toMatchObject({
      metadata: { name: 'info', namespace: 'default' },
      automount_service_account_token: false,
    });
    expect(pod(stack).metadata.labels['sidecar.istio.io/inject']).toBe('true');
  });

  it("takes its certificate from the sidecar's agent, after the sidecar has it", () => {
    expect(volume(stack, 'workload-socket')).toEqual({ name: 'workload-socket', empty_dir: {} });
    expect(mountOf(stack, 'envoy', '/var/run/secrets/workload-spiffe-uds')).toMatchObject({
      name: 'workload-socket',
    });
    expect(files(stack)['envoy.json']).toContain('/var/run/secrets/workload-spiffe-uds/socket');
    expect(pod(stack).metadata.annotations['proxy.istio.io/config']).toContain(
      'holdApplicationUntilProxyStarts: true',
    );
  });

  it('is called by the gateway alone, through a Service that says that it is TLS', () => {
    expect(resource(stack, 'kubernetes_service_v1')).toMatchObject({
      metadata: { name: 'info-border', namespace: 'default' },
      spec: {
        selector: { 'mesh-federation/border': 'info-border' },
        port: [{ port: 8443, target_port: '8443', app_protocol: 'tls' }],
      },
    });
    expect(networkPolicy(stack).ingress).toEqual([
      {
        from: [
          {
            ...anyPodOf('istio-ingress'),
            pod_selector: { match_labels: { istio: 'ingressgateway' } },
          },
        ],
        ports: tcp(8443),
      },
    ]);
  });

  it('reaches istiod and its callees, and nothing outside of the cluster', () => {
    expect(networkPolicy(stack).egress.slice(1)).toEqual([
      { to: [anyPodOf('istio-system')], ports: tcp(15012) },
      {
        to: [{ ...anyPodOf('default'), pod_selector: { match_labels: { app: 'backend' } } }],
      },
    ]);
  });
});

describe.each([
  ['leads in', consulInbound, 'backend', 'backend-inbound'],
  ['leads out', consulOutbound, 'backend-outbound', 'backend'],
] as const)('a border in Consul that %s', (_, border, service, kubernetesService) => {
  const stack = border();
  const { annotations } = pod(stack).metadata;

  it('is the service of its service account, as ACLs want it', () => {
    expect(pod(stack).spec.service_account_name).toBe(service);
    expect(annotations).toMatchObject({
      'consul.hashicorp.com/connect-inject': 'true',
      'consul.hashicorp.com/connect-service': service,
      'consul.hashicorp.com/kubernetes-service': kubernetesService,
    });
  });

  it('is asked by the kubelet at a page of its sidecar, not at the port that leads to the other mesh', () => {
    expect(annotations['consul.hashicorp.com/use-proxy-health-check']).toBe('true');
  });

  it('logs in, then gets its first certificate, before anything else starts', () => {
    const [login, first, ...others] = pod(stack).spec.init_container ?? [];
    expect(others).toEqual([]);
    expect(login).toMatchObject({ name: 'login', image: CONSUL_IMAGE });
    expect(login?.command).toEqual(
      expect.arrayContaining([
        '-http-addr=https://consul-server.consul.svc:8501',
        '-ca-file=/etc/border/consul-servers-ca.pem',
        '-method=consul-k8s-auth-method',
        '-bearer-token-file=/var/run/secrets/kubernetes.io/serviceaccount/token',
        '-meta=pod=$(POD_NAMESPACE)/$(POD_NAME)',
      ]),
    );
    expect(first?.command).toEqual([...container(stack, 'certificate').command, '-once']);
  });

  it('asks for the certificate of its own service, with its own token, from servers that it knows', () => {
    const { consul, template } = JSON.parse(files(stack)['consul-template.json'] ?? '') as {
      readonly consul: Block;
      readonly template: readonly Block[];
    };
    expect(consul).toMatchObject({
      address: 'consul-server.consul.svc:8501',
      token_file: '/var/run/consul-token/token',
      ssl: { enabled: true, verify: true, ca_cert: '/etc/border/consul-servers-ca.pem' },
    });
    expect(template).toHaveLength(1);
    expect(template[0]).toMatchObject({
      contents: `{{ with caLeaf "${service}" }}{{ .CertPEM }}{{ .PrivateKeyPEM }}{{ end }}`,
      destination: '/var/run/border-certificate/certificate.pem',
      perms: '0600',
    });
    expect(files(stack)['consul-servers-ca.pem']).toBe(SERVERS_CA);
  });

  it('has chain and key in one file, in memory, which only consul-template writes', () => {
    expect(files(stack)['certificate.json']).toBe(
      `${JSON.stringify(
        {
          resources: [
            {
              '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
              name: 'certificate',
              tls_certificate: {
                certificate_chain: { filename: '/var/run/border-certificate/certificate.pem' },
                private_key: { filename: '/var/run/border-certificate/certificate.pem' },
                watched_directory: { path: '/var/run/border-certificate' },
              },
            },
          ],
        },
        null,
        2,
      )}\n`,
    );
    const path = '/var/run/border-certificate';
    expect(volume(stack, 'certificate')).toMatchObject({ empty_dir: { medium: 'Memory' } });
    expect(mountOf(stack, 'certificate', path)?.read_only).toBe(false);
    expect(mountOf(stack, 'envoy', path)?.read_only).toBe(true);
  });

  it('leaves a token where the injector looks for one: in a container that is not Envoy', () => {
    const path = '/var/run/secrets/kubernetes.io/serviceaccount';
    expect(mountOf(stack, 'certificate', path)).toMatchObject({ name: 'service-account' });
    expect(JSON.stringify(volume(stack, 'service-account'))).toContain('service_account_token');
  });

  it('needs no token where Consul has no ACLs, and no CA where it has no TLS', () => {
    const open = border({
      mesh: { ...CONSUL, mesh: { ...CONSUL.mesh, acls: false, tls: false } },
      serversCa: undefined,
    });
    expect(pod(open).spec.init_container?.map(({ name }) => name)).toEqual(['first-certificate']);
    expect(JSON.parse(files(open)['consul-template.json'] ?? '')).toMatchObject({
      consul: { address: 'consul-server.consul.svc:8500', ssl: { enabled: false } },
    });
    expect(JSON.stringify(synthesise(open))).not.toMatch(
      /token_file|"service_account_token"|-ca\.pem/,
    );
  });

  it('is refused without the CA of servers that have one', () => {
    expect(() => border({ serversCa: undefined })).toThrow(
      "serversCa: is missing, but Consul's servers have TLS; give the certificate of ConsulServersCa",
    );
  });

  it('reaches the servers in their namespace', () => {
    expect(networkPolicy(stack).egress[1]).toEqual({
      to: [anyPodOf('consul')],
      ports: tcp(8501, 8502),
    });
  });
});

describe('an inbound border in Consul', () => {
  const stack = consulInbound();
  const { annotations } = pod(stack).metadata;

  it('is reached by its sidecar alone, and reaches what it may call through it', () => {
    expect(annotations).toMatchObject({
      'consul.hashicorp.com/transparent-proxy': 'false',
      'consul.hashicorp.com/connect-service-port': '8443',
      'consul.hashicorp.com/connect-service-upstreams': 'info:9191',
    });
    const { static_resources } = JSON.parse(files(stack)['envoy.json'] ?? '') as {
      readonly static_resources: { readonly listeners: readonly Block[] };
    };
    expect(static_resources.listeners[0]?.address).toEqual({
      socket_address: { address: '127.0.0.1', port_value: 8443 },
    });
  });

  it('is called by the ingress gateway alone', () => {
    expect(resource(stack, 'kubernetes_service_v1').spec).toMatchObject({ cluster_ip: 'None' });
    expect(networkPolicy(stack).ingress).toEqual([
      {
        from: [
          {
            ...anyPodOf('consul'),
            pod_selector: {
              match_labels: {
                release: 'consul',
                'ingress-gateway-name': 'consul-ingress-gateway',
              },
            },
          },
        ],
        ports: tcp(20000),
      },
    ]);
    expect(networkPolicy(stack).egress.slice(2)).toEqual([
      { to: [anyPodOf('default')], ports: tcp(20000) },
    ]);
  });
});

describe('an outbound border in Consul', () => {
  const stack = consulOutbound();
  const { annotations } = pod(stack).metadata;

  it('is what applications call by the foreign name', () => {
    expect(resource(stack, 'kubernetes_service_v1')).toMatchObject({
      metadata: { name: 'backend', namespace: 'default' },
      spec: { port: [{ name: 'http', port: 80, target_port: '8080' }] },
    });
    // Consul knows the address of a Service only of what is behind the transparent proxy.
    expect(annotations).toMatchObject({
      'consul.hashicorp.com/transparent-proxy': 'true',
      'consul.hashicorp.com/connect-service-port': '8080',
    });
    expect(networkPolicy(stack).ingress).toEqual([
      { from: [anyPodOf('default')], ports: tcp(20000) },
    ]);
  });

  it('lets Envoy and consul-template past the sidecar, and nobody else', () => {
    const { run_as_user } = pod(stack).spec.security_context;
    expect(annotations['consul.hashicorp.com/transparent-proxy-exclude-uids']).toBe(run_as_user);
    expect(annotations).not.toHaveProperty(
      'consul.hashicorp.com/transparent-proxy-exclude-outbound-ports',
    );
    expect(annotations['consul.hashicorp.com/consul-dns']).toBe('false');
  });

  it("calls the foreign gateway's port, by an address that may not be known yet", () => {
    expect(files(stack)['envoy.json']).toContain(`"address": "${GATEWAY}"`);
    expect(networkPolicy(stack).egress.at(-1)).toEqual({
      to: [{ ip_block: { cidr: '0.0.0.0/0' } }, { ip_block: { cidr: '::/0' } }],
      ports: tcp(8443),
    });
    const later = '${coalesce(data.kubernetes_service_v1.gateway.status[0].hostname, "")}';
    expect(files(consulOutbound({ gatewayAddress: later }))['envoy.json']).toContain(
      'coalesce(data.kubernetes_service_v1',
    );
  });

  it('is refused with all that it lacks', () => {
    expect(() => consulOutbound({ gatewayAddress: undefined, serversCa: undefined })).toThrow(
      'Border test/border cannot be made:\n' +
        '  gatewayAddress: is missing, but the outbound border backend-outbound needs it; give the host name or IP ' +
        'address of the gateway of istio\n' +
        "  serversCa: is missing, but Consul's servers have TLS; give the certificate of ConsulServersCa",
    );
  });

  it('goes by the same short name in the other namespaces that call it', () => {
    const spread = planOf({
      meshes: {
        istio: { kind: 'istio', services: { backend: {} } },
        consul: {
          kind: 'consul',
          borderNamespace: 'default',
          services: { info: {}, maps: { namespace: 'geo' } },
        },
      },
      rules: ['info', 'maps'].map((name) => ({ from: `consul/${name}`, to: 'istio/backend' })),
    });
    const aliased = consulOutbound({ border: borderOf(spread, 'consul', 'out') });
    const services = Object.values(resources(aliased, 'kubernetes_service_v1'));
    expect(services).toContainEqual(
      expect.objectContaining({
        metadata: expect.objectContaining({ name: 'backend', namespace: 'geo' }),
        spec: {
          type: 'ExternalName',
          external_name: 'backend.default.svc.cluster.local',
        },
      }),
    );
    expect(networkPolicy(aliased).ingress).toEqual(
      ['default', 'geo'].map((name) => ({ from: [anyPodOf(name)], ports: tcp(20000) })),
    );
  });
});

describe('an outbound border in Istio', () => {
  const stack = istioOutbound();
  const { annotations } = pod(stack).metadata;

  it('has a sidecar that says who calls, and nothing of what the caller says', () => {
    // Whatever the mesh does with this header otherwise.
    expect(parse(annotations['proxy.istio.io/config'] ?? '')).toMatchObject({
      proxyHeaders: {
        forwardedClientCert: 'SANITIZE_SET',
        setCurrentClientCertDetails: { uri: true, dns: false },
      },
    });
  });

  it('connects to the foreign gateway past the sidecar, and to nothing else', () => {
    const { gatewayPort } = borderOf(OUT, 'istio', 'out').crossings[0] ?? {};
    expect(annotations['traffic.sidecar.istio.io/excludeOutboundPorts']).toBe(String(gatewayPort));
    expect(networkPolicy(stack).egress).toContainEqual({
      to: [{ ip_block: { cidr: '0.0.0.0/0' } }, { ip_block: { cidr: '::/0' } }],
      ports: tcp(gatewayPort ?? 0),
    });
  });

  it('is called by the pods of the calling services, by the name of the service called', () => {
    expect(Object.values(resources(stack, 'kubernetes_service_v1'))).toEqual([
      expect.objectContaining({
        metadata: expect.objectContaining({ namespace: 'default', name: 'info' }),
        spec: expect.objectContaining({
          port: [expect.objectContaining({ name: 'http', port: 80, target_port: '8080' })],
        }),
      }),
    ]);
    expect(JSON.stringify(networkPolicy(stack).ingress)).toContain('"app":"backend"');
  });
});

it('refuses a border in another mesh than its own', () => {
  expect(() => istioInbound({ mesh: CONSUL })).toThrow(
    'mesh: would make the border info-border spiffe://11111111-2222-4333-8444-555555555555.consul/ns/default/dc/dc1/svc/info, which was planned as spiffe://cluster.local/ns/default/sa/info; give the mesh istio of the plan',
  );
});

describeWithEnvoy('the real Envoy accepts the files of', (envoy) => {
  const folder = temporaryFolder();

  it.each(Object.entries(kinds))('%s', async (name, border) => {
    // Short, for the sockets in it.
    const root = `${folder}/${Object.keys(kinds).indexOf(name)}`;
    expect(await borderComplaints(envoy, root, files(border()))).toBe('');
  });
});

describeWithEnvoy('the real Envoy of a pod', (program) => {
  const folder = temporaryFolder();
  const processes = new Processes(folder);
  afterAll(() => processes.end());

  /** Calls both loopback addresses, as a kubelet calls a pod that has one of the two families. */
  const alive = async (host: string, port: number): Promise<boolean> => {
    const answer = await fetch(`http://${host}:${port}/live`).catch(() => undefined);
    return answer?.status === 200;
  };
  const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ family }) => family === 'IPv6'),
  );

  it.each([
    // A kernel without IPv6 cannot show the first one.
    ...(hasIpv6 ? [['IPv4 and IPv6', true] as const] : []),
    ['IPv4 alone, if so told', false] as const,
  ])('answers probes on %s', async (name, ipv6) => {
    const root = `${folder}/${ipv6}`;
    const [admin = 0, status = 0, listen = 0, drain = 0, check = 0, metrics = 0] =
      await freePorts(6);
    const ports: Readonly<Record<string, number>> = {
      9901: admin,
      9902: status,
      9903: drain,
      9905: metrics,
      9904: check,
      8443: listen,
    };
    await borderPod(root, withPorts(files(consulInbound({ ipv6 })), ports));
    const envoy = new Envoy(name, program, processes, `${root}/etc/border`, admin, status);
    envoy.start();
    await envoy.ready();
    expect(await alive('127.0.0.1', status)).toBe(true);
    expect(await alive('[::1]', status)).toBe(ipv6);
    await envoy.stop('SIGKILL');
  });
});

/** The files of a ConfigMap with other ports than in a pod. */
function withPorts(
  configuration: Readonly<Record<string, string>>,
  ports: Readonly<Record<string, number>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(configuration).map(([name, text]) => [
      name,
      text.replaceAll(/(?<="port_value": )\d+/g, (port) => String(ports[port] ?? port)),
    ]),
  );
}

/**
 * How much too early a timer of Envoy can end: libevent counts by the coarse clock of Linux, which is behind by up to
 * a tick of the kernel, 10 ms at the slowest. With `EVENT_PRECISE_TIMER=1` it counts exactly.
 *
 * @see https://github.com/libevent/libevent/blob/release-2.1.12-stable/evutil_time.c (`evutil_configure_monotonic_time_`)
 */
const TICK_SECONDS = 0.01;

describeWithEnvoy('the real Envoy of a pod that goes away', (program) => {
  const folder = temporaryFolder();
  const processes = new Processes(folder);
  afterAll(() => processes.end());

  it('keeps the preStop hook waiting, and ends connections with the next answer', async () => {
    const [admin = 0, status = 0, listen = 0, hold = 0, check = 0, metrics = 0] =
      await freePorts(6);
    const stack = consulOutbound({ limits: { drainSeconds: 1 }, gatewayAddress: '127.0.0.1' });
    const ports: Readonly<Record<string, number>> = {
      9901: admin,
      9902: status,
      9903: hold,
      9905: metrics,
      9904: check,
      8080: listen,
    };
    await borderPod(folder, withPorts(files(stack), ports));
    const envoy = new Envoy('border', program, processes, `${folder}/etc/border`, admin, status);
    envoy.start();
    await envoy.ready();

    const { path, port } = hook(container(stack, 'envoy'));
    expect(port).toBe('9903');
    const asked = performance.now();
    const waiting = get(hold, path).then(({ status: code }) => ({
      code,
      seconds: (performance.now() - asked) / 1000,
    }));

    const agent = new Agent({ keepAlive: true });
    // Refused, for want of a caller, which keeps no connection from being kept.
    const answer = () => call(listen, { path: '/', agent });
    expect((await answer()).headers.connection).not.toBe('close');
    const [drain = ''] = drainCommand(stack).match(/(?<=:9901)[^']+/) ?? [];
    expect(await call(admin, { path: drain, method: 'POST' })).toMatchObject({ status: 200 });
    const { code, seconds } = await waiting;
    expect(code).toBe(200);
    expect(seconds).toBeGreaterThan(1 - TICK_SECONDS);
    // It answers still, and wants no more on this connection: Envoy says so by chance at first, more and more
    // often until its time to drain is over, and always from then on.
    let last = await answer();
    while (last.headers.connection !== 'close') {
      await setTimeout(50);
      last = await answer();
    }
    expect(last).toMatchObject({ status: 403, headers: { connection: 'close' } });
    agent.destroy();
  });
});

/** What the kubelet asks for before it ends a container. */
function hook({ lifecycle }: Container): { readonly path: string; readonly port: string } {
  const [found] = lifecycle?.pre_stop ?? [];
  if (found?.http_get === undefined) throw new Error('no preStop by HTTP');
  return found.http_get;
}

function drainCommand(stack: TerraformStack): string {
  return JSON.stringify(pod(stack).spec.container[1]?.lifecycle?.pre_stop);
}
