import { describe, expect, it } from '@jest/globals';
import { planLines, planText } from '../../../support/terraform/plan-words';
import type { ResourceChange, StackPlan } from '../../../support/terraform/plan';

// As `terraform show -json` has them: test/e2e/aws/lifecycle.test.ts makes real ones.

function planOf(...changes: readonly Partial<ResourceChange>[]): StackPlan {
  const whole = changes.map((change) => ({
    address: 'a.b',
    type: 'a',
    actions: [],
    before: null,
    after: null,
    because: [],
    ...change,
  }));
  return { stack: 'federation', changes: whole, refusals: [], errors: [] };
}

const intentions = {
  type: 'kubernetes_manifest',
  address: 'kubernetes_manifest.callers',
  before: {
    manifest: { kind: 'ServiceIntentions', metadata: { name: 'callers-of-info', namespace: 'x' } },
  },
};

const deployment = (image: string, replicas = '2') => ({
  metadata: [{ name: 'info-border', namespace: 'federation-borders' }],
  spec: [{ replicas, template: [{ spec: [{ container: [{ image }] }] }] }],
});

describe('The words of a plan', () => {
  it('say what stops while something is recreated, and which comes first', () => {
    const text = planText(planOf({ ...intentions, actions: ['delete', 'create'] }));
    expect(text).toBe(
      'federation: removes or recreates 1\n' +
        '  - recreates ServiceIntentions x/callers-of-info; the old one goes first: ' +
        'the service refuses every call for about a second',
    );
  });

  it('say for which argument, and that nothing stops where the new one comes first', () => {
    const [line] = planLines(
      planOf({ ...intentions, actions: ['create', 'delete'], because: ['manifest.metadata.name'] }),
    );
    expect(line).toEqual({
      does: 'recreates',
      what: 'ServiceIntentions x/callers-of-info, for manifest.metadata.name; the new one comes first',
      meanwhile: '',
    });
  });

  it('say in which cluster, where the stack reaches several', () => {
    const removed = { ...intentions, actions: ['delete'], place: 'consul' };
    expect(planText(planOf(removed))).toContain(
      'removes ServiceIntentions x/callers-of-info of consul: ',
    );
  });

  it('put losses first', () => {
    const plan = planOf(
      { actions: ['create'] },
      { actions: ['update'] },
      {
        type: 'kubernetes_namespace_v1',
        actions: ['delete'],
        before: { metadata: [{ name: 'shop' }] },
      },
    );
    expect(planText(plan)).toBe(
      'federation: removes or recreates 1\n' +
        '  - removes kubernetes_namespace_v1 shop: all that runs in it goes\n' +
        '  - besides changes 1 in place, adds 1',
    );
  });

  it('tell other pods from another number of them', () => {
    const type = 'kubernetes_deployment_v1';
    const update = { type, actions: ['update'], before: deployment('a') };
    const [rolled] = planLines(planOf({ ...update, after: deployment('b') }));
    expect(rolled).toMatchObject({
      does: 'restarts pods',
      what: `${type} federation-borders/info-border`,
    });
    const [scaled] = planLines(planOf({ ...update, after: deployment('a', '3') }));
    expect(scaled).toMatchObject({ does: 'changes', meanwhile: '' });
  });

  it('call a note in the state no loss, since nothing outside it goes', () => {
    const looked = {
      type: 'terraform_data',
      address: 'terraform_data.controllers-looked',
      actions: ['delete', 'create'],
      because: ['triggers_replace'],
    };
    expect(planText(planOf(looked))).toBe(
      'federation: nothing is removed or recreated\n  - changes 1 in place',
    );
  });

  it('call a job that runs again no loss', () => {
    const first = {
      type: 'kubernetes_job_v1',
      actions: ['delete', 'create'],
      before: { metadata: [{ name: 'sync-consul-first', namespace: 'mesh-federation' }] },
      because: ['metadata.0.name'],
    };
    expect(planText(planOf(first))).toBe(
      'federation: nothing is removed or recreated\n' +
        '  - adds kubernetes_job_v1 mesh-federation/sync-consul-first: it runs, and the deploy waits for it',
    );
  });

  it('are those of a refusal where there is one', () => {
    const text = planText({ ...planOf(), refusals: ['The cluster was made with name a.'] });
    expect(text).toBe(
      'federation: REFUSED, nothing would be changed\n  - The cluster was made with name a.',
    );
  });

  it('say of a refusal that a stack which changes first may end it', () => {
    const refused = { ...planOf(), refusals: ['The Service has no load balancer yet.'] };
    expect(planText(refused, ['istio-mesh'])).toMatch(
      /^federation: REFUSED.*no load balancer yet\.\n {2}- .*a deploy changes istio-mesh first/s,
    );
    expect(planText(planOf(), ['istio-mesh'])).toBe('federation: nothing would be changed');
  });

  it('say of values that an earlier stack has yet to make that it comes first', () => {
    const awaited = [1, 2].map(
      (n) =>
        `Unsupported attribute: This object does not have an attribute named "cross-stack-output-aws_eipistio_${n}public_ip".`,
    );
    const plan = { ...planOf(), errors: [...awaited, 'no credentials'] };
    expect(planText(plan, ['nat-addresses'])).toBe(
      'federation: could not be planned\n' +
        '  - It takes values that a deploy of nat-addresses makes first. To see its plan beforehand: ' +
        'npx cdktf deploy nat-addresses, and plan again. A deploy of all stacks does both.\n' +
        '  - no credentials',
    );
    expect(planText(plan)).toContain('a stack before it does not have yet.');
  });

  it('say of a state that is to be elsewhere how it gets there, in place of what Terraform advises', () => {
    const error =
      'Error: Backend configuration changed\n\nIf you wish to store the current configuration with no changes to the state,\nuse "terraform init -reconfigure".';
    const text = planText({ ...planOf(), errors: [error] });
    expect(text).toContain('Move the state there first, then delete cdktf.out (docs/state.md)');
    expect(text).not.toContain('reconfigure');
  });

  it('say that nothing happens where nothing does, and why a stack was not planned', () => {
    expect(planText(planOf())).toBe('federation: nothing would be changed');
    expect(planText({ ...planOf(), errors: ['no state'] })).toBe(
      'federation: could not be planned\n  - no state',
    );
  });
});
