import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import {
  clusterIdFor,
  ConsulMesh,
  type ConsulMeshProps,
  ConsulMeshPolicy,
  type IConsulMesh,
} from '../../constructs/consul';
import { consulServers } from '../../constructs/consul/servers';
import { nlbAnnotations } from '../../constructs/kubernetes';
import { CONSUL } from '../../versions';
import { clusterStack } from '../helpers/cluster';
import { temporaryFolder, writeFile } from '../helpers/files';
import { consulMember } from '../../support/policy/installed-meshes';
import { chartValueErrors } from '../../support/upstream/chart-values';
import { customResourceErrors } from '../../support/upstream/custom-resources';
import { describeWithSchemas } from '../helpers/suites';
import { type Block, customResources, releaseValues, resource, resources } from '../helpers/synth';

const clusterId = '11111111-2222-3333-4444-555555555555';

function given(props: Partial<ConsulMeshProps> = {}) {
  const stack = clusterStack();
  return { stack, mesh: new ConsulMesh(stack, 'mesh', { clusterId, ...props }) };
}

interface GatewayService {
  readonly type: string;
  readonly ports: Block[];
  readonly annotations?: string;
  readonly additionalSpec?: string;
}

function gatewayService(stack: ReturnType<typeof clusterStack>): GatewayService {
  const { gateways } = releaseValues(stack, 'consul').ingressGateways as {
    gateways: { service: GatewayService }[];
  };
  const [gateway] = gateways;
  if (gateway === undefined) {
    throw new Error('no gateway');
  }
  return gateway.service;
}

/** The Secret that tells the servers who they are. */
function connectCa(stack: ReturnType<typeof clusterStack>): Block {
  return resource(stack, 'kubernetes_secret_v1', {
    metadata: { name: 'consul-connect-ca', namespace: 'consul' },
  });
}

interface Condition {
  readonly condition: string;
  readonly error_message: string;
}

function postconditions({ lifecycle }: Block): readonly Condition[] {
  return (lifecycle as { postcondition: readonly Condition[] }).postcondition;
}

const folder = temporaryFolder();

describe('a Consul mesh that is deployed', () => {
  it('keeps its first cluster id, and stops where another one is asked for', () => {
    const secret = connectCa(given().stack);
    expect(secret).toMatchObject({ lifecycle: { ignore_changes: ['data'] } });
    const [id] = postconditions(secret);
    expect(id?.condition).toBe(
      `\${jsondecode(self.data["ca.json"]).connect.ca_config.cluster_id == "${clusterId}"}`,
    );
    expect(id?.error_message).toMatch(
      /made with the cluster id \$\{nonsensitive\(.*set the mesh's/,
    );
  });

  it('stops where another authority is asked for than the first', () => {
    const [, own, ...others] = postconditions(connectCa(given().stack));
    expect(own?.condition).toMatch(/^\$\{can\(.*root_cert\) == false\}$/);
    expect(others).toEqual([]);
    const certificate = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n';
    const { stack } = given({ certificateAuthority: { certificate, privateKey: 'key' } });
    const [, yours, root] = postconditions(connectCa(stack));
    expect(yours?.condition).toMatch(/root_cert\) == true\}$/);
    expect(root?.condition).toContain(
      String.raw`== trimspace("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")`,
    );
  });

  it('has a first token that is in no state, for whichever servers come', () => {
    const { stack } = given();
    const name = 'consul-bootstrap-token';
    const secret = resource(stack, 'kubernetes_secret_v1', {
      metadata: { name, namespace: 'consul' },
    });
    expect(secret).toMatchObject({ data_wo: { token: '${uuid()}' }, data_wo_revision: 1 });
    expect(secret).not.toHaveProperty('data');
    expect(releaseValues(stack, 'consul').global).toMatchObject({
      acls: { bootstrapToken: { secretName: name, secretKey: 'token' } },
    });
    expect((resource(stack, 'helm_release').depends_on as string[]).join(' ')).toMatch(
      /bootstrap-token/,
    );
  });
});

describe('a Consul mesh', () => {
  const { stack, mesh } = given();
  const values = releaseValues(stack, 'consul');

  it('is what other meshes need to know', () => {
    const reference: IConsulMesh = mesh;
    expect(reference).toMatchObject(consulMember('dc1', `${clusterId}.consul`).mesh);
  });

  it('has its trust domain pinned by a file that the servers load', () => {
    expect(values.server).toMatchObject({
      extraVolumes: [{ type: 'secret', name: 'consul-connect-ca', load: true }],
    });
    const { data } = connectCa(stack) as { data: Record<string, string> };
    expect(data['ca.json']).toContain(`"cluster_id" = "${clusterId}"`);
    expect(data['ca.json']).not.toMatch(/private_key|root_cert/);
    expect((resource(stack, 'helm_release').depends_on as string[]).join(' ')).toMatch(
      /kubernetes_secret_v1/,
    );
  });

  it('encrypts everything and denies by default, with keys made in the cluster', () => {
    expect(values.global).toMatchObject({
      tls: { enabled: true, httpsOnly: true, verify: true },
      acls: { manageSystemACLs: true },
      gossipEncryption: { autoGenerate: true },
    });
  });

  it('gives tokens to service accounts of its workload namespaces only', () => {
    expect(values.connectInject).toMatchObject({
      aclBindingRuleSelector: `'serviceaccount.name!="default" and (serviceaccount.namespace=="default")'`,
      k8sAllowNamespaces: ['default', 'consul'],
    });
  });

  it('can have its nodes drained', () => {
    expect(values).toMatchObject({
      server: { replicas: 1, disruptionBudget: { enabled: false } },
      connectInject: { replicas: 2, disruptionBudget: { minAvailable: 1 } },
      ingressGateways: { defaults: { replicas: 2 } },
    });
    expect(resource(stack, 'kubernetes_pod_disruption_budget_v1').spec).toEqual({
      min_available: '1',
      // Not of another ingress gateway, which somebody's values may add.
      selector: {
        match_labels: { release: 'consul', 'ingress-gateway-name': 'consul-ingress-gateway' },
      },
    });
  });

  it('leaves no volume behind', () => {
    expect(values.server).toMatchObject({
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
    });
  });

  it('keeps the UI off load balancers and nodes', () => {
    expect(values.ui).toEqual({ enabled: true, service: { type: 'ClusterIP' } });
  });

  it('opens the ports of the federation at its gateway, and others when told to', () => {
    const portsOf = (gateway: ConsulMeshProps['gateway']) =>
      gatewayService(given({ gateway }).stack).ports;
    expect(portsOf({ federationPorts: [9001] })).toEqual([{ port: 9001 }]);
    expect(portsOf({ ports: [80], federationPorts: [9001] })).toEqual([
      { port: 80 },
      { port: 9001 },
    ]);
    // A Service needs one, and of an empty list the chart makes two of its own.
    expect(gatewayService(stack)).toEqual({ type: 'LoadBalancer', ports: [{ port: 8443 }] });
  });

  it('brings the Gateway API CRDs, without which its controller does not start', () => {
    expect(values.connectInject).toMatchObject({ apiGateway: { manageExternalCRDs: true } });
  });
});

describe('settings of a Consul mesh', () => {
  it('give the gateway a load balancer, ports for the federation and known callers', () => {
    const { stack } = given({
      gateway: {
        ports: [],
        federationPorts: [8443, 8444],
        serviceAnnotations: nlbAnnotations(),
        allowedSources: ['192.0.2.0/24'],
      },
    });
    const service = gatewayService(stack);
    expect(service.ports).toEqual([{ port: 8443 }, { port: 8444 }]);
    // The chart wants YAML in a text for these.
    expect(parse(service.annotations ?? '')).toEqual(nlbAnnotations());
    expect(parse(service.additionalSpec ?? '')).toEqual({
      loadBalancerSourceRanges: ['192.0.2.0/24'],
    });
  });

  it('run three servers on a storage class of their own', () => {
    const { stack } = given({ servers: 3, storageClass: 'gp3' });
    expect(releaseValues(stack, 'consul').server).toMatchObject({
      replicas: 3,
      storageClass: 'gp3',
      disruptionBudget: { enabled: true },
    });
  });

  it('take the images from a mirror, and one by digest', () => {
    const dataplane = `registry.example.com/dp@sha256:${'3'.repeat(64)}`;
    const { stack } = given({ images: { registry: 'registry.example.com/hashicorp', dataplane } });
    expect(releaseValues(stack, 'consul').global).toMatchObject({
      image: `registry.example.com/hashicorp/consul:${CONSUL.version}`,
      imageK8S: `registry.example.com/hashicorp/consul-k8s-control-plane:${CONSUL.version}`,
      imageConsulDataplane: dataplane,
    });
  });

  it('name the release, which prefixes everything', () => {
    const { stack, mesh } = given({ releaseName: 'mesh-b', namespace: 'b', datacenter: 'dc2' });
    expect(mesh.gateway.serviceName).toBe('mesh-b-ingress-gateway');
    expect(releaseValues(stack, 'mesh-b').global).toMatchObject({
      name: 'mesh-b',
      datacenter: 'dc2',
    });
  });

  it('take a root of the user, whose key is then in the state', () => {
    const { stack } = given({ certificateAuthority: { certificate: 'C', privateKey: 'K' } });
    const { data } = connectCa(stack) as { data: Record<string, string> };
    expect(data['ca.json']).toContain('"root_cert" = "C"');
    expect(data['ca.json']).toContain('"private_key" = "K"');
  });

  it('make the namespaces of workloads that do not exist', () => {
    const { stack } = given({
      workloadNamespaces: [{ name: 'shop' }, { name: 'old', existing: true }],
    });
    expect(
      Object.values(resources(stack, 'kubernetes_namespace_v1')).map(({ metadata }) => metadata),
    ).toEqual(
      expect.arrayContaining([
        { name: 'consul' },
        { name: 'shop', labels: { 'mesh-federation/made-for': 'consul' } },
      ]),
    );
    expect(Object.keys(resources(stack, 'kubernetes_namespace_v1'))).toHaveLength(2);
    expect(releaseValues(stack, 'consul').connectInject).toMatchObject({
      aclBindingRuleSelector: expect.stringContaining(
        '(serviceaccount.namespace=="shop" or serviceaccount.namespace=="old")',
      ) as unknown,
    });
  });

  it("let to the servers' HTTP API who is in the mesh, and no other pod", () => {
    const { stack, mesh } = given({ workloadNamespaces: [{ name: 'shop' }, { name: 'bank' }] });
    const { metadata, spec } = resource(stack, 'kubernetes_network_policy_v1');
    expect(metadata).toEqual({ name: 'consul-server', namespace: 'consul' });
    const namespace = (...values: string[]) => ({
      match_expressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values }],
    });
    const ofMesh = (key: string) => ({
      namespace_selector: namespace('shop', 'bank'),
      pod_selector: { match_expressions: [{ key, operator: 'Exists' }] },
    });
    expect(spec).toMatchObject({
      pod_selector: { match_labels: { release: 'consul', component: 'server' } },
      policy_types: ['Ingress'],
    });
    const { ingress } = spec as { ingress: { from?: unknown[]; ports?: { port: string }[] }[] };
    const port = String(consulServers(mesh).httpPort);
    const toApi = ingress.filter(({ ports }) => ports?.some((one) => one.port === port) ?? true);
    expect(toApi.flatMap(({ from }) => from)).toEqual([
      { namespace_selector: { match_labels: { 'kubernetes.io/metadata.name': 'consul' } } },
      ofMesh('consul.hashicorp.com/connect-inject-status'),
      ofMesh('gateway.consul.hashicorp.com/managed'),
      {
        namespace_selector: {
          match_expressions: [{ key: 'mesh-federation/jobs', operator: 'Exists' }],
        },
      },
    ]);
    // All else is open as it was: sidecars are configured by gRPC, whoever asks.
    const open = ingress.filter(({ from }) => from === undefined).flatMap(({ ports }) => ports);
    expect(open.map((one) => one?.port)).toEqual(
      expect.arrayContaining(['8300', '8301', '8302', '8502', '8600']),
    );
  });

  it('yield to the user files', () => {
    const file = writeFile(folder, 'mine.yaml', 'ui: {enabled: false}\n');
    const { stack } = given({ valuesFiles: [file] });
    expect(releaseValues(stack, 'consul').ui).toMatchObject({ enabled: false });
  });

  const withFile = (text: string) =>
    given({ valuesFiles: [writeFile(folder, 'over.yaml', text)] }).stack;

  it('keep the pinned trust domain beside the volumes of a user file', () => {
    const mine = { type: 'secret', name: 'vault-ca' };
    const stack = withFile('server: {extraVolumes: [{type: secret, name: vault-ca}]}');
    expect(releaseValues(stack, 'consul').server).toMatchObject({
      extraVolumes: [{ type: 'secret', name: 'consul-connect-ca', load: true }, mine],
    });
  });

  it("keep the mesh's gateway beside those of a user file, and its ports beside others", () => {
    const stack = withFile(
      'ingressGateways: {gateways: [{name: second}, {name: ingress-gateway, replicas: 3, ' +
        'service: {ports: [{port: 9000}, {port: 8443, nodePort: 30080}]}}]}',
    );
    expect(releaseValues(stack, 'consul').ingressGateways).toMatchObject({
      gateways: [
        {
          name: 'ingress-gateway',
          replicas: 3,
          service: {
            type: 'LoadBalancer',
            ports: [{ port: 8443, nodePort: 30080 }, { port: 9000 }],
          },
        },
        { name: 'second' },
      ],
    });
  });

  it.each([
    ['global: {name: other}', 'global.name'],
    ['fullnameOverride: other', 'fullnameOverride'],
    ['global: {datacenter: dc2}', 'global.datacenter'],
    ['global: {tls: {enabled: off}}', 'global.tls.enabled'],
    ['global: {tls: null}', 'global.tls takes away global.tls.enabled'],
    ['global: {acls: {manageSystemACLs: n}}', 'global.acls.manageSystemACLs'],
    ['server: {enabled: false}', 'server.enabled'],
    ['server: null', 'server takes away server.'],
    ['server: {extraVolumes: [{name: consul-connect-ca, load: no}]}', 'server.extraVolumes.*'],
    ['connectInject: {enabled: false}', 'connectInject.enabled'],
    ['connectInject: {k8sAllowNamespaces: ["*"]}', 'connectInject.k8sAllowNamespaces'],
    ['connectInject: {aclBindingRuleSelector: ""}', 'connectInject.aclBindingRuleSelector'],
    ['connectInject: {overrideAuthMethodName: mine}', 'connectInject.overrideAuthMethodName'],
    ['ingressGateways: {enabled: false}', 'ingressGateways.enabled'],
    [
      'ingressGateways: {gateways: [{name: ingress-gateway, service: {annotations: "a: b"}}]}',
      'ingressGateways.gateways.*.service.annotations',
    ],
    [
      'ingressGateways: {gateways: [{name: ingress-gateway, service: {additionalSpec: "a: b"}}]}',
      'ingressGateways.gateways.*.service.additionalSpec',
    ],
  ])('do not let a user file say %s', (text, where) => {
    expect(() => withFile(text)).toThrow(`over.yaml: ${where}`);
  });

  it("have the gateway's annotations and sources as texts that Helm reads as texts", () => {
    const { stack } = given({
      gateway: {
        serviceAnnotations: { plain: 'off', octal: '0440', template: '{{ .Values }}' },
        allowedSources: ['192.0.2.0/24'],
      },
    });
    const { annotations, additionalSpec } = gatewayService(stack);
    expect(annotations).toBe(`plain: "off"\noctal: "0440"\ntemplate: "{{ "{{" }} .Values }}"`);
    expect(additionalSpec).toBe('loadBalancerSourceRanges:\n  - "192.0.2.0/24"');
  });

  it('are refused all at once', () => {
    expect(() =>
      given({
        clusterId: 'dc1',
        servers: 2,
        datacenter: 'DC 1',
        workloadNamespaces: [{ name: 'Shop' }],
        gateway: { ports: [80], federationPorts: [80, 21000] },
      }),
    ).toThrow(
      'ConsulMesh test/mesh cannot be made:\n' +
        '  datacenter: is "DC 1"; must be lower case letters, digits, "-" and "_"\n' +
        '  workloadNamespaces[0].name: is "Shop"; must be at most 63 lower case letters, digits and "-", with a ' +
        'letter or digit at both ends\n' +
        '  clusterId: is "dc1"; must be a UUID in lower case\n' +
        '  servers: is 2; must be odd, since two halves cannot outvote each other\n' +
        '  gateway: port 80 is used twice: by gateway and by federation; give one of them another\n' +
        "  gateway: port 21000 (federation) is the proxy's own: health checks; take another",
    );
  });
});

describe('a cluster id by name', () => {
  it('is a UUID of version 5 that depends on the name only', () => {
    const id = clusterIdFor('111122223333/eu-north-1/terraform-consul');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(clusterIdFor('111122223333/eu-north-1/terraform-consul')).toBe(id);
    expect(clusterIdFor('111122223333/eu-west-1/terraform-consul')).not.toBe(id);
  });
});

describeWithSchemas('the values for the Consul chart', () => {
  it.each<Partial<ConsulMeshProps>>([
    {},
    {
      servers: 3,
      storageClass: 'gp3',
      images: { registry: 'r' },
      gateway: {
        federationPorts: [8443],
        serviceAnnotations: { a: 'b' },
        allowedSources: ['192.0.2.0/24'],
      },
    },
  ])('have keys that the chart knows: %j', (props) => {
    expect(chartValueErrors('consul', releaseValues(given(props).stack, 'consul'))).toEqual([]);
  });
});

describe('the policy of a Consul mesh', () => {
  const stack = clusterStack();
  new ConsulMeshPolicy(stack, 'policy', { mesh: { namespace: 'consul' } });
  const spec = (kind: string) => customResources(stack).find((one) => one.kind === kind)?.spec;

  it('denies every call that no other intention admits', () => {
    expect(spec('ServiceIntentions')).toEqual({
      destination: { name: '*' },
      sources: [{ name: '*', action: 'deny' }],
    });
  });

  it('keeps sidecars inside of the mesh, and paths what they seem', () => {
    expect(spec('Mesh')).toMatchObject({
      transparentProxy: { meshDestinationsOnly: true },
      http: {
        incoming: {
          requestNormalization: {
            mergeSlashes: true,
            pathWithEscapedSlashesAction: 'REJECT_REQUEST',
          },
        },
      },
    });
  });

  it('logs every request', () => {
    expect(spec('ProxyDefaults')).toEqual({ accessLogs: { enabled: true, type: 'stdout' } });
  });

  describeWithSchemas('against the CRDs', () => {
    it('is valid', () => {
      expect(customResources(stack).flatMap(customResourceErrors)).toEqual([]);
    });
  });
});

describe('A Consul mesh that somebody else installed', () => {
  const trustDomain = '0b9a5b1e-4f6d-4a4e-8a57-6d0b1f1a2c3d.consul';

  it('is, where nothing is said, as the chart makes it', () => {
    expect(ConsulMesh.fromAttributes({ trustDomain, acls: true, tls: true })).toEqual({
      trustDomain,
      datacenter: 'dc1',
      namespace: 'consul',
      releaseName: 'consul',
      namePrefix: 'consul-consul',
      gateway: { name: 'ingress-gateway', serviceName: 'consul-consul-ingress-gateway' },
      acls: true,
      tls: true,
    });
  });

  it('has the names of its own release', () => {
    const { gateway } = ConsulMesh.fromAttributes({
      trustDomain,
      releaseName: 'bank',
      gateway: { name: 'edge' },
      acls: false,
      tls: false,
    });
    expect(gateway).toEqual({ name: 'edge', serviceName: 'bank-consul-edge' });
  });

  it('has those of the value global.name, where it has one', () => {
    const mesh = ConsulMesh.fromAttributes({
      trustDomain,
      releaseName: 'bank',
      namePrefix: 'vault',
      acls: true,
      tls: true,
    });
    expect(mesh.gateway.serviceName).toBe('vault-ingress-gateway');
    expect(consulServers(mesh)).toMatchObject({
      address: 'vault-server.consul.svc:8501',
      caSecret: { name: 'vault-ca-cert' },
      authMethod: 'vault-k8s-auth-method',
    });
  });

  it('is refused with all mistakes in its attributes', () => {
    const wrong = { trustDomain: 'Bank', datacenter: 'dc 1', acls: true, tls: true };
    expect(() => ConsulMesh.fromAttributes(wrong)).toThrow(
      /^The Consul mesh Bank cannot be used:\n {2}trustDomain: .*\n {2}datacenter: is "dc 1"; must be lower case/,
    );
  });
});
