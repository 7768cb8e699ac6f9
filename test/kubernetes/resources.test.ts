import { describe, expect, it } from '@jest/globals';

import { CustomResource, Gp3StorageClass } from '../../constructs/kubernetes';
import { clusterStack } from '../helpers/cluster';
import { type Block, resource, synthesise } from '../helpers/synth';

function isVerdict({ label_selector }: Block): boolean {
  return label_selector === undefined;
}

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

  it('makes way for one of another name once that is there, where two may be', () => {
    const stack = clusterStack();
    new CustomResource(stack, 'allow', {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'allow', namespace: 'default' },
      spec: {},
      ownName: true,
      successorFirst: true,
    });
    expect(resource(stack, 'kubernetes_manifest')['lifecycle']).toEqual({
      create_before_destroy: true,
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
    const [verdict] = Object.values(data?.kubernetes_resources ?? {}).filter(isVerdict);
    expect(verdict).toMatchObject({
      kind: 'ProxyDefaults',
      namespace: 'consul',
      depends_on: expect.arrayContaining([
        `terraform_data.${looked}`,
        expect.stringMatching(/^kubernetes_manifest\.defaults_/),
      ]) as unknown,
    });
    const { postcondition } = verdict?.lifecycle as { readonly postcondition: readonly Block[] };
    expect(postcondition).toHaveLength(1);
    expect(postcondition[0]?.condition).toMatch(
      /setsubtract\(\["global"\], .*each\.type != "Synced" \|\| each\.status != "True"/,
    );
    expect(postcondition[0]?.error_message).toMatch(
      /^Consul has not taken up .*"ProxyDefaults consul\/\$\{name\} .*\beach\.message/,
    );
  });

  it('of a kind and namespace are read together, once before they are made and once after', () => {
    const stack = clusterStack();
    const made = [
      ['ServiceDefaults', 'consul', 'web'],
      ['ServiceDefaults', 'consul', 'api'],
      ['ServiceDefaults', 'other', 'api'],
      ['ServiceIntentions', 'consul', 'api'],
    ] as const;
    for (const [kind, namespace, name] of made) {
      new CustomResource(stack, `${kind}-${namespace}-${name}`, {
        apiVersion: 'consul.hashicorp.com/v1alpha1',
        kind,
        metadata: { name, namespace },
        spec: {},
      });
    }
    const reads = Object.values(synthesise(stack).data?.kubernetes_resources ?? {});
    const places = ['ServiceDefaults consul', 'ServiceDefaults other', 'ServiceIntentions consul'];
    const of = (all: readonly Block[]) =>
      all.map(({ kind, namespace }) => `${String(kind)} ${String(namespace)}`);
    expect(of(reads.filter(isVerdict))).toEqual(places);
    expect(of(reads.filter((read) => !isVerdict(read)))).toEqual(places);
    const conditions = reads.filter(isVerdict).map(({ lifecycle }) => JSON.stringify(lifecycle));
    expect(conditions[0]).toContain('setsubtract([\\"web\\",\\"api\\"], ');
  });

  it('of several federations look past their own only', () => {
    const stack = clusterStack();
    for (const fieldManager of ['one', 'two']) {
      new CustomResource(stack, fieldManager, {
        apiVersion: 'consul.hashicorp.com/v1alpha1',
        kind: 'ServiceDefaults',
        metadata: { name: fieldManager, namespace: 'consul' },
        spec: {},
        fieldManager,
      });
    }
    const reads = Object.values(synthesise(stack).data?.kubernetes_resources ?? {});
    expect(reads.map(({ label_selector }) => label_selector)).toEqual([
      'app.kubernetes.io/managed-by!=one',
      'app.kubernetes.io/managed-by!=two',
      undefined,
    ]);
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

  it.each([
    // Of Istio's kinds Terraform sees no metadata, so each is looked for by its name.
    ['networking.istio.io/v1', 'Gateway', 'metadata.name=entrance', ''],
    [
      'consul.hashicorp.com/v1alpha1',
      'MeshService',
      undefined,
      'one.metadata.name != "entrance" || ',
    ],
  ])(
    'of %s is not taken over where somebody else made it, not even after an import',
    (apiVersion, kind, selector, isAnother) => {
      const stack = clusterStack();
      const metadata = { name: 'entrance', namespace: 'mesh' };
      new CustomResource(stack, 'entrance', { apiVersion, kind, metadata, spec: {} });
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
        [apiVersion, kind, 'mesh', selector, 'app.kubernetes.io/managed-by!=cdktf-mesh-federation'],
      ]);
      const { lifecycle, manifest } = resource(stack, 'kubernetes_manifest') as {
        readonly lifecycle: { readonly precondition: readonly Block[] };
        readonly manifest: { readonly metadata: unknown };
      };
      // Its own is not found by that: Terraform sees no managedFields of Istio's kinds.
      expect(manifest.metadata).toEqual({
        ...metadata,
        labels: { 'app.kubernetes.io/managed-by': 'cdktf-mesh-federation' },
      });
      expect(lifecycle.precondition).toEqual([
        {
          condition: `\${alltrue([for one in data.kubernetes_resources.${there[0]?.[0]}.objects : ${isAnother}contains([for part in try(one.metadata.managedFields, []) : part.manager], "cdktf-mesh-federation")])}`,
          error_message: expect.stringContaining(
            `${kind} mesh/entrance is there already, and somebody else made it. Its rules stay as they are: ` +
              'nothing of it was changed. What to do is in docs/troubleshooting.md',
          ),
        },
      ]);
    },
  );

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
