import { describe, expect, test } from '@jest/globals';
import { DeployProgress } from '../../../support/terraform/deploy-progress';

/** Follows what cdktf printed. */
function after(...lines: string[]): DeployProgress {
  const progress = new DeployProgress(['istio-cluster', 'consul-cluster']);
  lines.forEach((line) => progress.read(line));
  return progress;
}

describe('The progress of a deployment', () => {
  test('starts with everything waiting', () => {
    expect(after().stacks.get('istio-cluster')?.phase).toBe('waiting');
  });

  test('tells fetching providers from waiting for other stacks', () => {
    const lines = [
      'istio-cluster  Initializing the backend...',
      '               Initializing provider plugins...',
    ];
    expect(after(...lines).stacks.get('istio-cluster')?.phase).toBe('initialising');
    const done = [...lines, '               Terraform has been successfully initialized!'];
    expect(after(...done).stacks.get('istio-cluster')?.phase).toBe('initialised');
    const tofu = [...lines, '               OpenTofu has been successfully initialized!'];
    expect(after(...tofu).stacks.get('istio-cluster')?.phase).toBe('initialised');
    expect(
      after(...done, '               data.aws_zones.all (all): Reading...').stacks.get(
        'istio-cluster',
      )?.phase,
    ).toBe('planning');
  });

  test('counts what is done, for the stack whose batch it is', () => {
    const progress = after(
      'istio-cluster  Initializing the backend...',
      'consul-cluster  Initializing the backend...',
      'istio-cluster  Plan: 3 to add, 1 to change, 1 to destroy.',
      '               aws_vpc.vpc (vpc): Creating...',
      '               aws_eip.ip (ip): Creating...',
      '               aws_vpc.vpc (vpc): Creation complete after 1s [id=vpc-1]',
      'consul-cluster  Plan: 2 to add, 0 to change, 0 to destroy.',
      '                aws_vpc.vpc (vpc): Creating...',
      'istio-cluster  aws_kms_key.key (cluster/key): Destruction complete after 0s',
    );
    expect(progress.stacks.get('istio-cluster')).toEqual({
      phase: 'applying',
      plan: { add: 3, change: 1, destroy: 1 },
      done: 2,
      busy: ['aws_eip.ip'],
    });
    expect(progress.stacks.get('consul-cluster')).toMatchObject({
      plan: { add: 2, change: 0, destroy: 0 },
      done: 0,
      busy: ['aws_vpc.vpc'],
    });
  });

  test('sees through the animation that cdktf prints to a terminal', () => {
    const progress = after('\u001b[2K\u001b[1A\u001b[Gistio-cluster  Initializing the backend...');
    expect(progress.stacks.get('istio-cluster')?.phase).toBe('initialising');
  });

  test('is complete only when Terraform said so of every stack', () => {
    const one = 'istio-cluster  Apply complete! Resources: 5 added, 0 changed, 0 destroyed.';
    const other = 'consul-cluster  No changes. Your infrastructure matches the configuration.';
    expect(after(one, 'No outputs found.').complete).toBe(false);
    expect(after(one, other).complete).toBe(true);
  });

  test('keeps the errors in the words of Terraform', () => {
    const progress = after(
      'istio-cluster  Error: creating EKS Cluster (terraform-istio): ResourceInUseException',
      '',
      '                 with aws_eks_cluster.cluster (cluster),',
      'consul-cluster  aws_vpc.vpc (vpc): Creating...',
      '0 Stacks deploying     2 Stacks done     0 Stacks waiting',
    );
    expect(progress.errors).toBe(
      'istio-cluster: Error: creating EKS Cluster (terraform-istio): ResourceInUseException\n\n' +
        'with aws_eks_cluster.cluster (cluster),',
    );
  });
});
