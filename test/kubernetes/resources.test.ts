import { describe, expect, it } from '@jest/globals';

import { CustomResource, Gp3StorageClass } from '../../constructs/kubernetes';
import { clusterStack } from '../helpers/cluster';
import { type Block, resource, synthesise } from '../helpers/synth';

describe('a custom resource', () => {
  it('wins conflicts with edits by hand, and does not wait forever to be deleted', () => {
    const stack = clusterStack();
    const document = {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'deny', namespace: 'default' },
      spec: {},
    };
    new CustomResource(stack, 'deny', document);
    expect(resource(stack, 'kubernetes_manifest')).toEqual({
      manifest: {
        ...document,
        metadata: {
          ...document.metadata,
          labels: { 'app.kubernetes.io/managed-by': 'cdktf-mesh-federation' },
        },
      },
      field_manager: { name: 'cdktf-mesh-federation', force_conflicts: true },
      timeouts: { delete: '2m' },
      lifecycle: { precondition: [expect.anything()] },
      depends_on: [expect.stringMatching(/^data\.kubernetes_server_version\./)],
    });
  });

  it('of Consul must be taken up, or the deploy stops with the words of its controller', () => {
    const stack = clusterStack();
    const spec = { accessLogs: { enabled: true } };
    new CustomResource(stack, 'defaults', {
      apiVersion: 'consul.hashicorp.com/v1alpha1',
      kind: 'ProxyDefaults',
      metadata: { name: 'global', namespace: 'consul' },
      spec,
    });
    const { data, resource: made } = synthesise(stack);
    // A verdict of either kind: a wait for True would end without the words.
    expect(resource(stack, 'kubernetes_manifest')).toMatchObject({
      wait: { fields: { 'status.conditions[0].status': '^(True|False)$' } },
      timeouts: { create: '5m', update: '5m', delete: '2m' },
    });
    // What a controller said before a change is no verdict of it.
    const [[looked, pause] = ['', {}]] = Object.entries(made?.terraform_data ?? {});
    expect(pause).toMatchObject({
      triggers_replace: { 'ProxyDefaults consul/global': spec },
      provisioner: [expect.anything()],
      depends_on: expect.arrayContaining([
        expect.stringMatching(/^kubernetes_manifest\.defaults_/),
      ]) as unknown,
    });
    const [verdict] = Object.values(data?.kubernetes_resource ?? {});
    expect(verdict).toMatchObject({
      kind: 'ProxyDefaults',
      metadata: { name: 'global', namespace: 'consul' },
      depends_on: expect.arrayContaining([`terraform_data.${looked}`]) as unknown,
    });
    const { postcondition } = verdict?.lifecycle as { readonly postcondition: readonly Block[] };
    expect(postcondition).toHaveLength(1);
    expect(postcondition[0]?.condition).toMatch(/one\.type != "Synced" \|\| one\.status != "True"/);
    expect(postcondition[0]?.error_message).toMatch(
      /^Consul has not taken up ProxyDefaults consul\/global, .*\bone\.message/,
    );
  });

  // What is said in which case is shown by `npm run conformance`, with Terraform and an API server.
  it.each([
    ['Gateway', 'v1', [5, 10, 30, 75, 180]],
    ['TLSRoute', 'v1', [5, 55]],
    ['TCPRoute', 'v1alpha2', [5, 55]],
  ])('of the Gateway API, a %s, is looked at until it is decided', (kind, version, pauses) => {
    const stack = clusterStack();
    const spec = { parentRefs: [{ name: 'gateway' }] };
    const { manifest, takenUp } = new CustomResource(stack, 'one', {
      apiVersion: `gateway.networking.k8s.io/${version}`,
      kind,
      metadata: { name: 'federation', namespace: 'ingress' },
      spec,
    });
    expect(takenUp).not.toBe(manifest);
    const { data, resource: made } = synthesise(stack);
    // The provider could wait for one outcome only, and would end without the words.
    expect(resource(stack, 'kubernetes_manifest')).not.toHaveProperty('wait');
    const ladder = Object.entries(made?.terraform_data ?? {});
    expect(ladder).toHaveLength(pauses.length + 1);
    for (const [, one] of ladder) expect(one).toMatchObject({ triggers_replace: spec });
    const commands = ladder.map(([, one]) => JSON.stringify(one.provisioner));
    expect(commands[0]).toContain(`${(pauses[0] ?? 0) * 1000}`);
    for (const [index, seconds] of pauses.entries()) {
      if (index > 0) expect(commands[index]).toContain(` ? 0 : ${seconds}}`);
    }
    expect(Object.keys(data?.kubernetes_resource ?? {})).toHaveLength(pauses.length);
    expect(commands.at(-1)).toContain(`${kind} ingress/federation is not taken up`);
    expect(commands.at(-1)).toContain(`kubectl -n ingress get ${kind.toLowerCase()} federation`);
  });

  it('of the Gateway API that no controller judges by itself is only made', () => {
    const stack = clusterStack();
    const { manifest, takenUp } = new CustomResource(stack, 'class', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'federation' },
      spec: { controllerName: 'example.com/any' },
    });
    expect(takenUp).toBe(manifest);
    expect(synthesise(stack).resource?.terraform_data).toBeUndefined();
  });

  it('is not taken over where somebody else made it, not even after an import', () => {
    const stack = clusterStack();
    new CustomResource(stack, 'entrance', {
      apiVersion: 'consul.hashicorp.com/v1alpha1',
      kind: 'IngressGateway',
      metadata: { name: 'ingress-gateway', namespace: 'consul' },
      spec: {},
    });
    const there = Object.entries(synthesise(stack).data?.kubernetes_resources ?? {});
    expect(
      there.map(([, { api_version, kind, namespace, field_selector, label_selector }]) => [
        api_version,
        kind,
        namespace,
        field_selector,
        label_selector,
      ]),
    ).toEqual([
      [
        'consul.hashicorp.com/v1alpha1',
        'IngressGateway',
        'consul',
        'metadata.name=ingress-gateway',
        'app.kubernetes.io/managed-by!=cdktf-mesh-federation',
      ],
    ]);
    const { lifecycle, manifest } = resource(stack, 'kubernetes_manifest') as {
      readonly lifecycle: { readonly precondition: readonly Block[] };
      readonly manifest: { readonly metadata: unknown };
    };
    // Its own is not found by that: Terraform sees no managedFields of Istio's kinds.
    expect(manifest.metadata).toEqual({
      name: 'ingress-gateway',
      namespace: 'consul',
      labels: { 'app.kubernetes.io/managed-by': 'cdktf-mesh-federation' },
    });
    expect(lifecycle.precondition).toEqual([
      {
        condition: `\${alltrue([for one in data.kubernetes_resources.${there[0]?.[0]}.objects : contains([for part in try(one.metadata.managedFields, []) : part.manager], "cdktf-mesh-federation")])}`,
        error_message: expect.stringMatching(
          /^IngressGateway consul\/ingress-gateway is there already, and somebody else made it\..*docs\/troubleshooting\.md/,
        ),
      },
    ]);
  });

  it('is not looked for where its name is nobody else’s', () => {
    const stack = clusterStack();
    new CustomResource(stack, 'own', {
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      metadata: { name: 'federation.info', namespace: 'default' },
      spec: {},
      ownName: true,
    });
    expect(synthesise(stack).data?.kubernetes_resources).toBeUndefined();
    expect(resource(stack, 'kubernetes_manifest')).not.toHaveProperty('lifecycle');
  });
});

describe('the gp3 storage class', () => {
  const stack = clusterStack();
  new Gp3StorageClass(stack, 'storage');
  const storage = resource(stack, 'kubernetes_storage_class_v1');

  it('is no default, encrypted, in the zone of the pod, and frees its volumes', () => {
    expect(storage).toMatchObject({
      metadata: {
        name: 'mesh-federation-gp3',
        annotations: { 'storageclass.kubernetes.io/is-default-class': 'false' },
      },
      storage_provisioner: 'ebs.csi.aws.com',
      volume_binding_mode: 'WaitForFirstConsumer',
      reclaim_policy: 'Delete',
      parameters: { type: 'gp3', encrypted: 'true' },
    });
  });

  it('waits on destroy until the driver has deleted the volumes', () => {
    // Not `sleep`, which not every machine has.
    expect(storage.provisioner).toEqual([
      {
        'local-exec': {
          when: 'destroy',
          interpreter: ['node', '--eval'],
          command: 'setTimeout(() => {}, 60000)',
        },
      },
    ]);
  });

  it('has the driver tag the volumes, by its own parameters', () => {
    const tagged = clusterStack();
    new Gp3StorageClass(tagged, 'storage', { tags: { project: 'mesh', 'cost center': 'a/b' } });
    expect(resource(tagged, 'kubernetes_storage_class_v1').parameters).toEqual({
      type: 'gp3',
      encrypted: 'true',
      tagSpecification_1: 'project=mesh',
      tagSpecification_2: 'cost center=a/b',
    });
    expect(() => new Gp3StorageClass(clusterStack(), 'storage', { tags: { team: 'a=b' } })).toThrow(
      'team: the value has "="',
    );
  });
});
