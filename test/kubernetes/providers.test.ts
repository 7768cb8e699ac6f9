import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { type ClusterConnection, ClusterProviders, HelmChart } from '../../constructs/kubernetes';
import { temporaryFolder, writeFile } from '../helpers/files';
import { synthesise } from '../helpers/synth';

const kubeconfig = writeFile(
  temporaryFolder(),
  'config',
  `clusters: [{name: c, cluster: {server: 'https://10.0.0.1:6443'}}]
contexts: [{name: mine, context: {cluster: c}}]
`,
);

function stackWith(connection: ClusterConnection, aws = true): TerraformStack {
  const stack = new TerraformStack(Testing.app(), 'test');
  if (aws) {
    new AwsProvider(stack, 'aws', { region: 'eu-north-1' });
  }
  new ClusterProviders(stack, 'cluster', { connection });
  return stack;
}

describe('the providers of an EKS cluster', () => {
  const eks = { kind: 'eks', clusterName: 'terraform-istio', region: 'eu-north-1' } as const;
  const { provider, data } = synthesise(stackWith(eks));
  const [kubernetes] = provider?.kubernetes ?? [];
  const [helm] = provider?.helm ?? [];

  it('look the cluster up by its name', () => {
    expect(Object.values(data?.aws_eks_cluster ?? {})).toEqual([{ name: 'terraform-istio' }]);
    expect(kubernetes?.host).toMatch(/^\$\{data\.aws_eks_cluster\.\w+\.endpoint\}$/);
    expect(kubernetes?.cluster_ca_certificate).toMatch(/base64decode\(.*certificate_authority/);
  });

  it('get tokens from the AWS CLI, so that none is stored', () => {
    const exec = {
      api_version: 'client.authentication.k8s.io/v1beta1',
      command: 'aws',
      args: expect.arrayContaining(['get-token', 'terraform-istio', 'eu-north-1']) as unknown,
    };
    expect(kubernetes?.exec).toEqual([exec]);
    expect(JSON.stringify(provider)).not.toMatch(/"token"|config_path/);
  });

  it('are the same for Helm, whose provider has the connection in one attribute', () => {
    expect(helm?.kubernetes).toEqual({
      host: kubernetes?.host,
      cluster_ca_certificate: kubernetes?.cluster_ca_certificate,
      exec: (kubernetes?.exec as unknown[])[0],
    });
  });

  it('need an AWS provider, and say so', () => {
    expect(() => synthesise(stackWith(eks, false))).toThrow(
      /the EKS cluster terraform-istio is looked up through AWS: add new AwsProvider/,
    );
  });
});

describe('the providers of a kubeconfig context', () => {
  it('name the file and the context, never the current one', () => {
    const connection = { kind: 'kubeconfig', path: kubeconfig, context: 'mine' } as const;
    const { provider } = synthesise(stackWith(connection, false));
    const expected = { config_path: kubeconfig, config_context: 'mine' };
    expect(provider?.kubernetes).toEqual([expected]);
    expect(provider?.helm).toEqual([{ kubernetes: expected }]);
  });

  it('do not fall back to localhost', () => {
    expect(() =>
      stackWith({ kind: 'kubeconfig', path: kubeconfig, context: 'other' }, false),
    ).toThrow(`no context "other" in ${kubeconfig}; it has: mine`);
    expect(() =>
      stackWith({ kind: 'kubeconfig', path: '/nowhere', context: 'mine' }, false),
    ).toThrow('kubeconfig /nowhere does not exist');
  });

  it('read the server first, so that an unreachable one stops the plan with one error', () => {
    const connection = { kind: 'kubeconfig', path: kubeconfig, context: 'mine' } as const;
    const stack = stackWith(connection, false);
    new NamespaceV1(stack, 'namespace', { metadata: { name: 'a' } });
    new HelmChart(stack, 'chart', {
      chart: 'istiod',
      version: '1.30.3',
      source: { kind: 'repository', url: 'https://charts.example.com' },
      releaseName: 'istiod',
      namespace: 'a',
      values: {},
    });
    // Again, since whatever is added to the resources is not to be added twice.
    synthesise(stack);
    const { data, resource } = synthesise(stack);
    const [id, ...others] = Object.keys(data?.kubernetes_server_version ?? {});
    expect(others).toEqual([]);
    const waiting = [
      ...Object.values(resource?.kubernetes_namespace_v1 ?? {}),
      ...Object.values(resource?.helm_release ?? {}),
      ...Object.values(data?.kubernetes_resources ?? {}),
    ];
    expect(waiting.map(({ depends_on }) => depends_on)).toEqual(
      Array(3).fill([`data.kubernetes_server_version.${id}`]),
    );
  });

  it('are refused beside others that no resource could be told apart from', () => {
    const connection = { kind: 'kubeconfig', path: kubeconfig, context: 'mine' } as const;
    const stack = stackWith(connection, false);
    expect(() => new ClusterProviders(stack, 'other', { connection })).toThrow(
      'alias: is missing, as that of test/cluster/kubernetes in the same stack; give each of them a name',
    );
    new ClusterProviders(stack, 'named', { connection, alias: 'a' });
    expect(() => new ClusterProviders(stack, 'twin', { connection, alias: 'a' })).toThrow(
      'alias: is a, as that of test/named/kubernetes in the same stack',
    );
    const elsewhere = { ...connection, context: 'other' };
    expect(() => new ClusterProviders(stack, 'both', { connection: elsewhere })).toThrow(
      /:\n {2}alias: is missing, .*\n {2}connection\.context: no context "other" in/,
    );
  });

  it('read each server of a stack that has several, each for its own resources', () => {
    const stack = new TerraformStack(Testing.app(), 'test');
    const [one, two] = ['one', 'two'].map(
      (alias) =>
        new ClusterProviders(stack, alias, {
          connection: { kind: 'kubeconfig', path: kubeconfig, context: 'mine' },
          alias,
          charts: false,
        }),
    );
    new NamespaceV1(stack, 'a', { metadata: { name: 'a' }, provider: one?.kubernetes });
    new NamespaceV1(stack, 'b', { metadata: { name: 'b' }, provider: two?.kubernetes });
    const namespaces = Object.values(synthesise(stack).resource?.kubernetes_namespace_v1 ?? {});
    expect(namespaces.map(({ depends_on }) => depends_on)).toEqual([
      [expect.stringMatching(/^data\.kubernetes_server_version\.one_reachable_/)],
      [expect.stringMatching(/^data\.kubernetes_server_version\.two_reachable_/)],
    ]);
  });
});

describe('the providers of one of several clusters', () => {
  it('are called by its name, take its AWS provider, and install no chart unless asked', () => {
    const stack = new TerraformStack(Testing.app(), 'test');
    const aws = new AwsProvider(stack, 'aws', { region: 'eu-north-1', alias: 'one' });
    const { kubernetes } = new ClusterProviders(stack, 'one', {
      connection: { kind: 'eks', clusterName: 'one', region: 'eu-north-1' },
      alias: 'one',
      charts: false,
      aws,
    });
    const { provider, data } = synthesise(stack);
    expect(kubernetes.fqn).toBe('kubernetes.one');
    expect(provider?.kubernetes).toMatchObject([{ alias: 'one' }]);
    expect(provider).not.toHaveProperty('helm');
    expect(Object.values(data?.aws_eks_cluster ?? {})).toEqual([
      { name: 'one', provider: 'aws.one' },
    ]);
    expect(Object.values(data?.kubernetes_server_version ?? {})).toEqual([
      { provider: 'kubernetes.one' },
    ]);
  });
});
