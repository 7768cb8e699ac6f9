import { describe, expect, it } from '@jest/globals';
import {
  IstioMesh,
  type IstioMeshProps,
  IstioMeshPolicy,
  type IIstioMesh,
} from '../../constructs/istio';
import { ISTIO, ISTIO_RETIRED_HOSTS } from '../../versions';
import { clusterStack } from '../helpers/cluster';
import { temporaryFolder, writeFile } from '../helpers/files';
import { istioMember } from '../../support/policy/installed-meshes';
import { chartValueErrors } from '../../support/upstream/chart-values';
import { customResourceErrors } from '../../support/upstream/custom-resources';
import { describeWithSchemas } from '../helpers/suites';
import {
  type Block,
  customResources,
  releaseValues,
  resource,
  resources,
  synthesise,
} from '../helpers/synth';

function given(props: IstioMeshProps = {}) {
  const stack = clusterStack();
  return { stack, mesh: new IstioMesh(stack, 'mesh', props) };
}

const folder = temporaryFolder();

describe('an Istio mesh that is deployed', () => {
  interface Condition {
    readonly condition: string;
    readonly error_message: string;
  }
  const only = (blocks: Readonly<Record<string, Block>> | undefined): Block & Lifecycle =>
    Object.values(blocks ?? {})[0] as Block & Lifecycle;
  interface Lifecycle {
    readonly lifecycle: {
      readonly ignore_changes?: readonly string[];
      readonly postcondition: readonly Condition[];
    };
  }

  it('stops where another trust domain is asked for than istiod has', () => {
    const { stack } = given({ trustDomain: 'istio.example.com' });
    const { metadata, lifecycle } = only(synthesise(stack).data?.['kubernetes_config_map_v1']);
    expect(metadata).toEqual({ name: 'istio', namespace: 'istio-system' });
    expect(lifecycle.postcondition).toEqual([
      {
        condition:
          '${try(yamldecode(self.data["mesh"]).trustDomain, "istio.example.com") == "istio.example.com"}',
        error_message: expect.stringMatching(
          /has the trust domain.*Set the mesh's trustDomain back/,
        ),
      },
    ]);
  });

  it.each([
    [{ tlsPort: 9443 }, '[9443]'],
    [{ tlsPort: 9443, previousTlsPort: 8443 }, '[9443,8443]'],
  ])('stops where none of the ports that its gateway has stays open: %j', (gateway, open) => {
    const { stack } = given({ gateway });
    const made = Object.values(synthesise(stack).data?.['kubernetes_resources'] ?? {}).find(
      ({ kind }) => kind === 'Service',
    ) as Block & Lifecycle;
    expect(made).toMatchObject({
      namespace: 'istio-ingress',
      field_selector: 'metadata.name=istio-ingressgateway',
    });
    expect(made.lifecycle.postcondition).toEqual([
      {
        condition: `\${alltrue([for service in self.objects : length(setintersection(service.spec.ports[*].port, ${open})) > 0])}`,
        error_message: expect.stringMatching(/now 9443 is asked for.*gateway\.previousTlsPort/),
      },
    ]);
  });

  it('stops where it passes TLS on by TLSRoutes that istiod does not look at', () => {
    const looked = (kind: 'istio' | 'gateway-api') =>
      JSON.stringify(synthesise(given({ gateway: { kind } }).stack).data);
    expect(looked('gateway-api')).toMatch(
      /tlsroutes\.gateway\.networking\.k8s\.io.*no TLSRoute of release 1\.5 or later.*gateway\.kind: istio/,
    );
    // Where there is none, the list is empty, and the sentence would end in "it has".
    expect(looked('gateway-api')).toMatch(/it has \$\{coalesce\(join\(.*none at all/);
    expect(looked('istio')).not.toMatch(/tlsroutes/);
  });

  it('stops where another authority is asked for than the first', () => {
    const own = only(resources(given().stack, 'terraform_data'));
    expect(own).toMatchObject({ input: { root: 'own' }, lifecycle: { ignore_changes: ['input'] } });
    expect(own.lifecycle.postcondition[0]?.condition).toBe('${self.input.root == "own"}');
    const { stack } = given({
      certificateAuthority: { certificate: 'c', privateKey: 'k', chain: 'c', root: 'root\n' },
    });
    const yours = only(resources(stack, 'terraform_data'));
    expect(yours).toMatchObject({ input: { root: 'root\n' } });
    expect(yours.lifecycle.postcondition[0]?.condition).toBe(
      '${self.input.root != "own" && strcontains("root\\n", trimspace(self.input.root))}',
    );
    const [cacerts] = Object.values(resources(stack, 'kubernetes_secret_v1'));
    expect(JSON.stringify(cacerts?.depends_on)).toMatch(/terraform_data\.mesh_first-authority/);
  });
});

describe('an Istio mesh', () => {
  const { stack, mesh } = given();

  it('is what other meshes need to know', () => {
    const reference: IIstioMesh = mesh;
    expect(reference).toMatchObject(istioMember().mesh);
  });

  it('is installed base first, then istiod, then the gateway', () => {
    const before = (release: string): string =>
      (resource(stack, 'helm_release', { name: release }).depends_on as string[]).join(' ');
    expect(Object.keys(resources(stack, 'helm_release'))).toHaveLength(3);
    expect(before('istiod')).toMatch(/helm_release\.mesh_base_/);
    expect(before('istio-ingressgateway')).toMatch(/helm_release\.mesh_istiod_/);
  });

  it('comes from one version of the public charts', () => {
    for (const release of Object.values(resources(stack, 'helm_release'))) {
      expect(release).toMatchObject({
        repository: ISTIO.repository,
        version: ISTIO.version,
      });
    }
  });

  it('lets workloads out to what the mesh knows only, and catches their DNS', () => {
    expect(releaseValues(stack, 'istiod').meshConfig).toMatchObject({
      trustDomain: 'cluster.local',
      outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
      defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } },
    });
  });

  it('keeps one of two replicas through a disruption', () => {
    expect(releaseValues(stack, 'istiod')).toMatchObject({
      autoscaleEnabled: false,
      replicaCount: 2,
      // Pods that are not ready may go meanwhile: GA since Kubernetes 1.31.
      pdb: { minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    });
    expect(releaseValues(stack, 'istio-ingressgateway')).toMatchObject({
      autoscaling: { enabled: false },
      replicaCount: 2,
      podDisruptionBudget: { minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    });
  });

  it('opens the port of the federation at its gateway, nothing else', () => {
    const { ports } = releaseValues(stack, 'istio-ingressgateway').service as { ports: Block[] };
    expect(ports).toEqual([
      { name: 'tls-federation', port: 8443, targetPort: 8443, protocol: 'TCP' },
    ]);
  });

  it('labels the namespace "default", which it does not own', () => {
    expect(resource(stack, 'kubernetes_labels')).toMatchObject({
      kind: 'Namespace',
      metadata: { name: 'default' },
      labels: { 'istio-injection': 'enabled' },
      force: true,
    });
  });

  it('has no private key in the state', () => {
    expect(resources(stack, 'kubernetes_secret_v1')).toEqual({});
  });
});

describe('settings of an Istio mesh', () => {
  it('change the trust domain and the gateway', () => {
    const { stack, mesh } = given({
      trustDomain: 'istio.example.com',
      gateway: {
        name: 'edge',
        namespace: 'edge',
        tlsPort: 15443,
        ports: [],
        serviceAnnotations: { a: 'b' },
        allowedSources: ['192.0.2.0/24'],
      },
    });
    expect(mesh.gateway).toMatchObject({ selector: { istio: 'edge' }, tlsPort: 15443 });
    expect(releaseValues(stack, 'istiod').meshConfig).toMatchObject({
      trustDomain: 'istio.example.com',
    });
    expect(releaseValues(stack, 'edge').service).toEqual({
      type: 'LoadBalancer',
      ports: [{ name: 'tls-federation', port: 15443, targetPort: 15443, protocol: 'TCP' }],
      annotations: { a: 'b' },
      loadBalancerSourceRanges: ['192.0.2.0/24'],
    });
  });

  it('make namespaces for workloads, or label those that exist', () => {
    const { stack } = given({
      workloadNamespaces: [{ name: 'shop' }, { name: 'legacy', existing: true }],
    });
    expect(
      Object.values(resources(stack, 'kubernetes_namespace_v1')).map(({ metadata }) => metadata),
    ).toContainEqual({
      name: 'shop',
      labels: { 'istio-injection': 'enabled', 'mesh-federation/made-for': 'istio' },
    });
    expect(resource(stack, 'kubernetes_labels')).toMatchObject({ metadata: { name: 'legacy' } });
  });

  it('take the images from a mirror', () => {
    const { stack } = given({ cni: true, images: { registry: 'registry.example.com/istio' } });
    const hub = 'registry.example.com/istio';
    const mirrored = { hub, global: { hub, tag: ISTIO.version } };
    expect(releaseValues(stack, 'istiod')).toMatchObject(mirrored);
    expect(releaseValues(stack, 'istio-cni')).toMatchObject(mirrored);
  });

  it.each([undefined, '1.30.9'])(
    'take them from a registry that stays, whatever the charts of %p name',
    (version) => {
      const { stack } = given({ cni: true, version });
      const lasting = { hub: ISTIO.images, global: { hub: ISTIO.images } };
      expect(releaseValues(stack, 'istiod')).toMatchObject(lasting);
      expect(releaseValues(stack, 'istio-cni')).toMatchObject(lasting);
      for (const host of ISTIO_RETIRED_HOSTS.hosts) {
        expect(JSON.stringify(resources(stack, 'helm_release'))).not.toContain(host);
      }
    },
  );

  it('follow a values file that names a registry', () => {
    const file = writeFile(folder, 'hub.yaml', 'global: { hub: registry.example.com/mine }');
    const { stack } = given({ cni: true, valuesFiles: { istiod: [file], cni: [file] } });
    const mine = { hub: 'registry.example.com/mine', global: { hub: 'registry.example.com/mine' } };
    expect(releaseValues(stack, 'istiod')).toMatchObject(mine);
    expect(releaseValues(stack, 'istio-cni')).toMatchObject(mine);
  });

  it('pin the images by digest', () => {
    const pilot = `registry.example.com/pilot@sha256:${'1'.repeat(64)}`;
    const proxy = `registry.example.com/proxyv2@sha256:${'2'.repeat(64)}`;
    const { stack } = given({ images: { pilot, proxy } });
    expect(releaseValues(stack, 'istiod')).toMatchObject({
      image: pilot,
      global: { proxy: { image: proxy }, proxy_init: { image: proxy } },
    });
  });

  it('put istio-cni before istiod', () => {
    const { stack } = given({ cni: true });
    expect(releaseValues(stack, 'istiod').cni).toEqual({ enabled: true });
    expect(
      (resource(stack, 'helm_release', { name: 'istiod' }).depends_on as string[]).join(' '),
    ).toMatch(/helm_release\.mesh_cni_/);
  });

  it('take a certificate authority, in place before istiod starts', () => {
    const { stack } = given({
      certificateAuthority: { certificate: 'C', privateKey: 'K', chain: 'C', root: 'R' },
    });
    expect(resource(stack, 'kubernetes_secret_v1')).toMatchObject({
      metadata: { name: 'cacerts', namespace: 'istio-system' },
      data: {
        'ca-cert.pem': 'C',
        'ca-key.pem': 'K',
        'cert-chain.pem': 'C',
        'root-cert.pem': 'R',
      },
    });
    expect(
      (resource(stack, 'helm_release', { name: 'istiod' }).depends_on as string[]).join(' '),
    ).toMatch(/kubernetes_secret_v1\.mesh_cacerts/);
  });

  it('yield to the user files', () => {
    const file = writeFile(folder, 'mine.yaml', 'replicaCount: 3\n');
    const { stack } = given({ valuesFiles: { istiod: [file] } });
    expect(releaseValues(stack, 'istiod').replicaCount).toBe(3);
    expect(releaseValues(stack, 'istio-ingressgateway').replicaCount).toBe(2);
  });

  const withFile = (chart: 'istiod' | 'gateway' | 'base', text: string) =>
    given({ valuesFiles: { [chart]: [writeFile(folder, 'over.yaml', text)] } }).stack;

  it('lists what is wrong with charts and values files together', () => {
    expect(() =>
      given({
        cni: true,
        charts: { kind: 'local', path: '/nowhere' },
        valuesFiles: { istiod: ['/none.yaml'], gateway: ['/none.yaml'] },
      }),
    ).toThrow(
      /^IstioMesh test\/mesh cannot be made:\n {2}charts\.path: chart folder \/nowhere does not exist\n {2}valuesFiles\.istiod: .*none\.yaml does not exist; name a file that does\n {2}valuesFiles\.gateway: .*none\.yaml does not exist; name a file that does$/,
    );
  });

  it('lists what is wrong with names and ports together', () => {
    expect(() =>
      given({
        trustDomain: 'The Shop',
        rootNamespace: 'Istio',
        workloadNamespaces: [
          { name: 'shop' },
          { name: 'shop' },
          { name: 'The.Shop' },
          { name: 'default', existing: false },
        ],
        gateway: {
          tlsPort: 0,
          ports: [
            { name: 'web', port: 80 },
            { name: 'web', port: 81 },
          ],
        },
      }),
    ).toThrow(
      /^IstioMesh test\/mesh cannot be made:\n {2}trustDomain: is "The Shop".*\n {2}rootNamespace: is "Istio".*\n {2}gateway\.tlsPort: is 0.*\n {2}workloadNamespaces\[2\]\.name: is "The\.Shop".*\n {2}workloadNamespaces\[1\]\.name: shop is listed twice; list it once\n {2}workloadNamespaces\[3\]\.existing: is false.*\n {2}gateway: port 0 .*\n {2}gateway\.ports\[1\]\.name: web is the name of two ports; each needs one of its own$/,
    );
  });

  it('keeps the ports of its gateway beside those of a user file', () => {
    const stack = withFile('gateway', 'service: {ports: [{name: mine, port: 9000}]}');
    expect(releaseValues(stack, 'istio-ingressgateway').service).toMatchObject({
      ports: [{ port: 8443 }, { name: 'mine', port: 9000 }],
    });
  });

  it.each([
    ['base', 'global: {istioNamespace: other}', 'global.istioNamespace'],
    ['istiod', 'global: {istioNamespace: other}', 'global.istioNamespace'],
    ['istiod', 'global: null', 'global takes away global.istioNamespace'],
    ['istiod', 'global: {trustBundleName: mine}', 'global.trustBundleName'],
    ['istiod', 'meshConfig: {trustDomain: other}', 'meshConfig.trustDomain'],
    ['istiod', 'meshConfig: null', 'meshConfig takes away meshConfig.trustDomain'],
    ['istiod', 'meshConfig: {rootNamespace: other}', 'meshConfig.rootNamespace'],
    ['istiod', 'revision: canary', 'revision'],
    ['istiod', 'cni: {enabled: yes}', 'cni.enabled'],
    ['istiod', 'pilot: {cni: {enabled: yes}}', 'pilot.cni.enabled'],
    ['istiod', 'profile: ambient', 'profile has sidecars tunnel'],
    ['istiod', 'global: {profile: ambient}', 'global.profile has sidecars tunnel'],
    [
      'istiod',
      'meshConfig: {defaultConfig: {proxyMetadata: {ISTIO_META_ENABLE_HBONE: "true"}}}',
      'meshConfig.defaultConfig.proxyMetadata.ISTIO_META_ENABLE_HBONE has sidecars tunnel',
    ],
    ['gateway', 'name: other', 'name'],
    ['gateway', 'labels: {istio: other}', 'labels.istio'],
    ['gateway', 'serviceAccount: {name: other}', 'serviceAccount.name'],
    ['gateway', 'service: {ports: null, loadBalancerSourceRanges: [192.0.2.0/24]}', 'service.load'],
    ['gateway', 'service: null', 'service takes away service.ports'],
  ] as const)('does not let a user file for %s say %s', (chart, text, where) => {
    expect(() => withFile(chart, text)).toThrow(`over.yaml: ${where}`);
  });

  it.each([
    ['profile: platform-k3s', { profile: 'platform-k3s' }],
    ['global: {profile: demo}', { global: { profile: 'demo' } }],
    [
      'meshConfig: {defaultConfig: {proxyMetadata: {ISTIO_META_ENABLE_HBONE: "false"}}}',
      { meshConfig: { trustDomain: 'cluster.local' } },
    ],
  ])('lets a user file say %s', (text, values) => {
    expect(releaseValues(withFile('istiod', text), 'istiod')).toMatchObject(values);
  });

  it('labels no namespace of its workloads for ambient mode', () => {
    const labelled = (mode: string) =>
      given({
        workloadNamespaces: [
          { name: 'default' },
          { name: 'shop', labels: { 'istio.io/dataplane-mode': mode } },
        ],
      });
    expect(() => labelled('ambient')).toThrow(
      /workloadNamespaces\[1\]\.labels\S* is ambient, and the pods of shop have sidecars: .*Take the label out/,
    );
    expect(() => labelled('none')).not.toThrow();
  });

  it('cannot use a port twice, nor one of the proxy', () => {
    expect(() =>
      given({
        gateway: {
          ports: [
            { name: 'a', port: 8443 },
            { name: 'b', port: 15021 },
          ],
        },
      }),
    ).toThrow(
      "IstioMesh test/mesh cannot be made:\n  gateway: port 15021 (b) is the proxy's own: health checks; " +
        'take another\n  gateway: port 8443 is used twice: by a and by tls-federation',
    );
  });
});

describeWithSchemas('the values for the Istio charts', () => {
  const everything: IstioMeshProps = {
    cni: true,
    images: { registry: 'r', pilot: 'r/p', proxy: 'r/x' },
    gateway: { serviceAnnotations: { a: 'b' }, allowedSources: ['192.0.2.0/24'] },
  };

  it.each([{}, everything])('have keys that the charts know: %j', (props) => {
    const { stack } = given(props);
    const errors = [
      ...chartValueErrors('istio-base', releaseValues(stack, 'istio-base')),
      ...chartValueErrors('istiod', releaseValues(stack, 'istiod')),
      ...chartValueErrors('istio-gateway', releaseValues(stack, 'istio-ingressgateway')),
      ...(props.cni ? chartValueErrors('istio-cni', releaseValues(stack, 'istio-cni')) : []),
    ];
    expect(errors).toEqual([]);
  });
});

describe('the policy of an Istio mesh', () => {
  const stack = clusterStack();
  new IstioMeshPolicy(stack, 'policy', { mesh: { rootNamespace: 'istio-system' } });

  it('is STRICT mutual TLS, and deny for everything that no other policy admits', () => {
    expect(customResources(stack)).toEqual(
      expect.arrayContaining([
        {
          apiVersion: 'security.istio.io/v1',
          kind: 'PeerAuthentication',
          metadata: expect.objectContaining({ name: 'default', namespace: 'istio-system' }),
          spec: { mtls: { mode: 'STRICT' } },
        },
        {
          apiVersion: 'security.istio.io/v1',
          kind: 'AuthorizationPolicy',
          metadata: expect.objectContaining({ name: 'default-deny', namespace: 'istio-system' }),
          spec: {},
        },
      ]),
    );
  });

  describeWithSchemas('against the CRDs', () => {
    it('is valid', () => {
      expect(customResources(stack).flatMap(customResourceErrors)).toEqual([]);
    });
  });
});

describe('An Istio mesh that somebody else installed', () => {
  const gateway = {
    namespace: 'istio-ingress',
    serviceName: 'istio-ingressgateway',
    tlsPort: 8443,
  };

  it("is, where nothing is said, as Istio's charts make it", () => {
    expect(IstioMesh.fromAttributes({ gateway })).toEqual({
      ...istioMember().mesh,
      version: undefined,
    });
  });

  it('is as it is described', () => {
    const mesh: IIstioMesh = {
      trustDomain: 'shop.example.com',
      rootNamespace: 'istio-control',
      clusterDomain: 'shop.internal',
      gateway: { ...gateway, serviceAccount: 'edge', selector: { app: 'edge' } },
    };
    expect(IstioMesh.fromAttributes(mesh)).toEqual(mesh);
  });

  it('is refused with all mistakes in its attributes', () => {
    const wrong = {
      trustDomain: 'spiffe://shop',
      gateway: { ...gateway, namespace: 'Istio', tlsPort: 0 },
    };
    expect(() => IstioMesh.fromAttributes(wrong)).toThrow(
      /^The Istio mesh spiffe:\/\/shop cannot be used:\n {2}trustDomain: .*shop\.example\.com\n {2}gateway\.namespace: is "Istio".*\n {2}gateway\.tlsPort: is 0; must be a whole number/,
    );
  });
});
