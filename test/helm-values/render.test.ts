import { beforeAll, describe, expect, it } from '@jest/globals';
import type { TerraformStack } from 'cdktf';
import { ConsulMesh } from '../../constructs/consul';
import { IstioMesh } from '../../constructs/istio';
import { nlbAnnotations } from '../../constructs/kubernetes';
import { ISTIO } from '../../versions';
import { clusterStack } from '../helpers/cluster';
import { helmMissing, helmRenders, renderRelease } from '../../support/upstream/helm-render';
import { describeIf } from '../helpers/suites';
import { resource } from '../helpers/synth';

/*
 * What the charts make of our values, rendered by Helm itself: the settings say what is asked for,
 * only this says what is promised.
 */

interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: Record<string, unknown>;
  readonly data?: Readonly<Record<string, string>>;
  readonly webhooks?: readonly { readonly name: string; readonly failurePolicy: string }[];
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
  readonly volumeMounts?: readonly { readonly mountPath: string }[];
}

interface PodTemplate {
  readonly spec: {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
}

/** The pull policy of every container of every pod in these, hooks included. */
function pullPolicies(manifests: readonly Manifest[]): (string | undefined)[] {
  return manifests.flatMap(({ spec }) => {
    const { containers = [], initContainers = [] } =
      (spec?.template as Partial<PodTemplate> | undefined)?.spec ?? {};
    return [...containers, ...initContainers].map(({ imagePullPolicy }) => imagePullPolicy);
  });
}

function render(stack: TerraformStack, chart: string, name: string): Manifest[] {
  const { namespace, version, values } = resource(stack, 'helm_release', { name });
  return renderRelease({
    name,
    namespace: String(namespace),
    chart,
    version: String(version),
    values: values as string[],
  }) as Manifest[];
}

function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find(
    (manifest) => manifest.kind === kind && manifest.metadata.name === name,
  );
  if (found === undefined) {
    const names = manifests.map((one) => `${one.kind} ${one.metadata.name}`);
    throw new Error(`no ${kind} ${name} among ${names.join(', ')}`);
  }
  return found;
}

function container(manifest: Manifest, name: string): Container {
  const { containers } = (manifest.spec?.template as PodTemplate).spec;
  const found = containers.find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(`no container ${name}`);
  }
  return found;
}

/** Of pods of which one stays, and those that are not ready hold nobody up. */
const BUDGET = { minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' };

describeIf(helmRenders(), helmMissing, 'rendered by Helm', () => {
  describe('Istio', () => {
    let istiod: Manifest[] = [];
    let gateway: Manifest[] = [];
    let base: Manifest[] = [];

    beforeAll(() => {
      const stack = clusterStack();
      new IstioMesh(stack, 'mesh', {
        trustDomain: 'istio.example.com',
        gateway: {
          ports: [{ name: 'http', port: 80 }],
          serviceAnnotations: nlbAnnotations(),
          allowedSources: ['192.0.2.0/24'],
        },
      });
      base = render(stack, 'base', 'istio-base');
      istiod = render(stack, 'istiod', 'istiod');
      gateway = render(stack, 'gateway', 'istio-ingressgateway');
    });

    it('keeps its CRDs when the release goes', () => {
      const crds = base.filter(({ kind }) => kind === 'CustomResourceDefinition');
      expect(crds.length).toBeGreaterThan(10);
      for (const { metadata } of crds) {
        expect(metadata.annotations).toMatchObject({ 'helm.sh/resource-policy': 'keep' });
      }
    });

    it('has the trust domain, and outbound traffic to the registry only', () => {
      const { data } = find(istiod, 'ConfigMap', 'istio');
      expect(data?.mesh).toMatch(/^\s*trustDomain: istio\.example\.com$/m);
      expect(data?.mesh).toMatch(/mode: REGISTRY_ONLY/);
      expect(data?.mesh).toMatch(/ISTIO_META_DNS_CAPTURE: "true"/);
      expect(data?.mesh).toMatch(/imageType: distroless/);
    });

    it('runs istiod twice, in little memory, one of them through a disruption', () => {
      const deployment = find(istiod, 'Deployment', 'istiod');
      expect(deployment.spec?.replicas).toBe(2);
      const { image, resources } = container(deployment, 'discovery');
      expect(image).toBe(`${ISTIO.images}/pilot:${ISTIO.version}-distroless`);
      expect(resources?.requests).toEqual({ cpu: '100m', memory: '256Mi' });
      expect(find(istiod, 'PodDisruptionBudget', 'istiod').spec).toMatchObject(BUDGET);
      expect(istiod.some(({ kind }) => kind === 'HorizontalPodAutoscaler')).toBe(false);
    });

    it('pulls no image that a node has', () => {
      const policies = pullPolicies([...istiod, ...gateway]);
      expect(policies.length).toBeGreaterThan(1);
      expect(new Set(policies)).toEqual(new Set(['IfNotPresent']));
      const { data } = find(istiod, 'ConfigMap', 'istio-sidecar-injector');
      expect(JSON.parse(data?.values ?? '')).toMatchObject({
        global: { imagePullPolicy: 'IfNotPresent' },
      });
    });

    it('admits no pod without a sidecar', () => {
      const { webhooks } = find(istiod, 'MutatingWebhookConfiguration', 'istio-sidecar-injector');
      expect(webhooks?.length).toBeGreaterThan(0);
      expect(webhooks?.map(({ failurePolicy }) => failurePolicy)).toEqual(
        webhooks?.map(() => 'Fail'),
      );
    });

    it('has a gateway behind a Network Load Balancer on exactly its ports', () => {
      const service = find(gateway, 'Service', 'istio-ingressgateway');
      expect(service.metadata.annotations).toMatchObject(nlbAnnotations());
      expect(service.spec).toMatchObject({
        type: 'LoadBalancer',
        loadBalancerSourceRanges: ['192.0.2.0/24'],
        ports: [
          { port: 80, targetPort: 80 },
          { port: 8443, targetPort: 8443 },
        ],
        selector: { istio: 'ingressgateway' },
      });
      expect(service.spec?.ports).toHaveLength(2);
      expect(find(gateway, 'Deployment', 'istio-ingressgateway').spec).toMatchObject({
        replicas: 2,
        template: {
          metadata: { labels: { istio: 'ingressgateway' } },
          spec: { serviceAccountName: 'istio-ingressgateway' },
        },
      });
      expect(find(gateway, 'PodDisruptionBudget', 'istio-ingressgateway').spec).toMatchObject(
        BUDGET,
      );
    });

    it('takes the images that it is told', () => {
      const pilot = `registry.example.com/pilot@sha256:${'1'.repeat(64)}`;
      const proxy = `registry.example.com/proxyv2@sha256:${'2'.repeat(64)}`;
      const stack = clusterStack();
      new IstioMesh(stack, 'mesh', {
        cni: true,
        images: { registry: 'registry.example.com/istio', pilot, proxy },
      });
      const rendered = render(stack, 'istiod', 'istiod');
      expect(container(find(rendered, 'Deployment', 'istiod'), 'discovery').image).toBe(pilot);
      const { data } = find(rendered, 'ConfigMap', 'istio-sidecar-injector');
      expect(JSON.parse(data?.values ?? '')).toMatchObject({
        global: { proxy: { image: proxy }, proxy_init: { image: proxy } },
        pilot: { cni: { enabled: true } },
      });
      const cni = find(render(stack, 'cni', 'istio-cni'), 'DaemonSet', 'istio-cni-node');
      expect(container(cni, 'install-cni').image).toBe(
        `registry.example.com/istio/install-cni:${ISTIO.version}`,
      );
      expect(pullPolicies([cni])).toEqual(['IfNotPresent']);
    });
  });

  describe('Consul', () => {
    let rendered: Manifest[] = [];

    beforeAll(() => {
      const stack = clusterStack();
      new ConsulMesh(stack, 'mesh', {
        clusterId: '11111111-2222-3333-4444-555555555555',
        storageClass: 'gp3',
        gateway: {
          ports: [80, 443, 8080],
          federationPorts: [8443],
          serviceAnnotations: nlbAnnotations(),
          allowedSources: ['192.0.2.0/24'],
        },
      });
      rendered = render(stack, 'consul', 'consul');
    });

    it('has TLS on, plain HTTP off, and ACLs that deny', () => {
      const { data } = find(rendered, 'ConfigMap', 'consul-server-config');
      expect(JSON.parse(data?.['tls-config.json'] ?? '')).toMatchObject({
        tls: { internal_rpc: { verify_incoming: true, verify_server_hostname: true } },
        ports: { http: -1, https: 8501 },
      });
      expect(JSON.parse(data?.['acl-config.json'] ?? '')).toMatchObject({
        acl: { enabled: true, default_policy: 'deny' },
      });
      expect(JSON.parse(data?.['server.json'] ?? '')).toMatchObject({
        datacenter: 'dc1',
        bootstrap_expect: 1,
      });
    });

    it('pulls no image that a node has', () => {
      const policies = pullPolicies(rendered);
      expect(policies.length).toBeGreaterThan(5);
      expect(new Set(policies)).toEqual(new Set(['IfNotPresent']));
    });

    it("has the gateway's annotations as texts, whatever they look like", () => {
      const stack = clusterStack();
      const serviceAnnotations = { a: 'off', b: '0440', c: '1_000', d: '{{ .Values }}', e: 'y' };
      new ConsulMesh(stack, 'mesh', {
        clusterId: '11111111-2222-3333-4444-555555555555',
        gateway: { serviceAnnotations },
      });
      const service = find(render(stack, 'consul', 'consul'), 'Service', 'consul-ingress-gateway');
      expect(service.metadata.annotations).toEqual(serviceAnnotations);
    });

    it('has no ingress gateway where it has an API gateway, and a controller that sees TCPRoutes', () => {
      const stack = clusterStack();
      new ConsulMesh(stack, 'mesh', {
        clusterId: '11111111-2222-3333-4444-555555555555',
        gateway: { kind: 'api' },
      });
      const objects = render(stack, 'consul', 'consul');
      expect(objects.map(({ metadata }) => metadata.name)).not.toContain('consul-ingress-gateway');
      find(objects, 'CustomResourceDefinition', 'tcproutes.gateway.networking.k8s.io');
      // The flag is written so.
      const { command } = container(
        find(objects, 'Deployment', 'consul-connect-injector'),
        'sidecar-injector',
      );
      expect(command?.join('\n')).toContain('-enabe-tcp-route=true');
    });

    it('makes its gossip key and its CA in the cluster', () => {
      find(rendered, 'Job', 'consul-gossip-encryption-autogenerate');
      find(rendered, 'Job', 'consul-tls-init');
      expect(rendered.filter(({ kind }) => kind === 'Secret')).toEqual([
        expect.objectContaining({
          // Filled in by Kubernetes.
          type: 'kubernetes.io/service-account-token',
        }),
      ]);
    });

    it('loads the trust domain, and gives its volume back', () => {
      const server = find(rendered, 'StatefulSet', 'consul-server');
      const { command, volumeMounts } = container(server, 'consul');
      expect(command?.join('\n')).toContain('-config-dir=/consul/userconfig/consul-connect-ca');
      expect(volumeMounts?.map(({ mountPath }) => mountPath)).toContain(
        '/consul/userconfig/consul-connect-ca',
      );
      expect(server.spec).toMatchObject({
        replicas: 1,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
        volumeClaimTemplates: [{ spec: { storageClassName: 'gp3' } }],
      });
    });

    it('has the gateway behind a Network Load Balancer on exactly its ports', () => {
      const service = find(rendered, 'Service', 'consul-ingress-gateway');
      expect(service.metadata.annotations).toEqual(nlbAnnotations());
      expect(service.spec).toMatchObject({
        type: 'LoadBalancer',
        loadBalancerSourceRanges: ['192.0.2.0/24'],
      });
      expect((service.spec?.ports as { port: number }[]).map(({ port }) => port)).toEqual([
        80, 443, 8080, 8443,
      ]);
      expect(find(rendered, 'Deployment', 'consul-ingress-gateway').spec).toMatchObject({
        replicas: 2,
        template: {
          // What our own disruption budget selects.
          metadata: { labels: { release: 'consul', component: 'ingress-gateway' } },
        },
      });
    });

    it('shows nothing else to the outside', () => {
      const exposed = rendered.filter(
        ({ kind, spec }) =>
          kind === 'Ingress' || (kind === 'Service' && (spec?.type ?? 'ClusterIP') !== 'ClusterIP'),
      );
      expect(exposed.map(({ metadata }) => metadata.name)).toEqual(['consul-ingress-gateway']);
      find(rendered, 'Service', 'consul-ui');
    });

    it('admits no pod without a sidecar, and lets nodes be drained', () => {
      const { webhooks } = find(
        rendered,
        'MutatingWebhookConfiguration',
        'consul-connect-injector',
      );
      expect(
        webhooks?.find(({ name }) => name === 'consul-connect-injector.consul.hashicorp.com')
          ?.failurePolicy,
      ).toBe('Fail');
      expect(
        rendered
          .filter(({ kind }) => kind === 'PodDisruptionBudget')
          .map(({ metadata, spec }) => [metadata.name, spec?.minAvailable]),
      ).toEqual([['consul-connect-injector', 1]]);
    });

    it('refuses tokens to service accounts of other namespaces', () => {
      const job = find(rendered, 'Job', 'consul-server-acl-init');
      const { command } = container(job, 'server-acl-init-job');
      expect(command?.join('\n')).toContain(
        `-acl-binding-rule-selector='serviceaccount.name!="default" and (serviceaccount.namespace=="default")'`,
      );
    });

    it('brings the Gateway API CRDs that its controller waits for, or leaves them alone', () => {
      const external = (manifests: readonly Manifest[]): string[] =>
        manifests
          .filter(({ kind }) => kind === 'CustomResourceDefinition')
          .map(({ metadata }) => metadata.name)
          .filter((name) => name.endsWith('.gateway.networking.k8s.io'))
          .sort();
      expect(external(rendered)).toEqual([
        'gatewayclasses.gateway.networking.k8s.io',
        'gateways.gateway.networking.k8s.io',
        'httproutes.gateway.networking.k8s.io',
        'referencegrants.gateway.networking.k8s.io',
        'tcproutes.gateway.networking.k8s.io',
      ]);
      const stack = clusterStack();
      new ConsulMesh(stack, 'mesh', {
        clusterId: '11111111-2222-3333-4444-555555555555',
        gatewayApiCrds: 'existing',
      });
      expect(external(render(stack, 'consul', 'consul'))).toEqual([]);
    });
  });
});
