import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { loadConfig } from '../../config';
import { accessPlan } from '../../config/access-plan';
import { gatewaySources } from '../../config/gateways';
import { placedMeshes } from '../../config/placed-meshes';
import { ROOT } from '../../support/paths';
import { addStacks } from '../../stacks';
import { resources, stackOf, synthesise } from '../helpers/synth';

const FEDERATION_CONFIG = path.join(ROOT, 'examples/three-meshes/federation.yaml');
const { config, notices } = loadConfig({ env: { FEDERATION_CONFIG } });
const app = Testing.app();
addStacks(app, config);
const stacks = app.node.children.filter((child) => TerraformStack.isStack(child));

const named = (name: string) => stackOf(app, name);

function manifests(name: string, kind: string) {
  return Object.values(resources(named(name), 'kubernetes_manifest'))
    .map(({ manifest }) => manifest as { kind: string; metadata: { name: string } })
    .filter((manifest) => manifest.kind === kind)
    .map(({ metadata }) => metadata.name);
}

describe('Three meshes, two of one kind', () => {
  it('have their stacks by their names', () => {
    expect(stacks.map(({ node }) => node.id)).toEqual([
      'nat-addresses',
      'shop-cluster',
      'depot-cluster',
      'bank-cluster',
      'shop-mesh',
      'depot-mesh',
      'bank-mesh',
      'shop-workloads',
      'depot-workloads',
      'bank-workloads',
      'federation',
    ]);
    expect(named('depot-mesh').dependencies.map(({ node }) => node.id)).toContain('depot-cluster');
    expect(named('federation').dependencies.map(({ node }) => node.id)).toEqual([
      'shop-workloads',
      'depot-workloads',
      'bank-workloads',
    ]);
  });

  it('are what they say they are', () => {
    const charts = (name: string) =>
      Object.values(resources(named(name), 'helm_release'))
        .map(({ chart }) => chart)
        .sort();
    expect(charts('shop-mesh')).toEqual(['base', 'gateway', 'istiod']);
    expect(charts('depot-mesh')).toEqual(['base', 'gateway', 'istiod']);
    expect(charts('bank-mesh')).toEqual(['consul']);
    expect(synthesise(named('shop-mesh')).output?.['trust_domain']).toMatchObject({
      value: 'shop.example.com',
    });
  });

  it('admit whom the policy names, each in its own cluster', () => {
    const calls = accessPlan(config).calls.map(({ caller, callee }) => [
      'ref' in caller ? caller.ref : caller,
      callee.ref,
    ]);
    expect(calls).toEqual([
      ['shop/checkout', 'bank/payments'],
      ['shop/checkout', 'depot/stock'],
      ['bank/payments', 'depot/stock'],
    ]);
    expect(manifests('depot-workloads', 'AuthorizationPolicy')).toEqual(
      expect.arrayContaining([
        'allow-bank.payments.to.stock',
        'allow-shop.checkout.to.stock',
        'default-deny',
      ]),
    );
    expect(manifests('bank-workloads', 'ServiceIntentions')).toContain('callers-of-payments');
  });

  it('are entered by the gateways of those that are called', () => {
    expect(Object.keys(synthesise(named('federation')).output ?? {}).sort()).toEqual([
      'bank_gateway',
      'depot_gateway',
    ]);
  });

  it('let in the addresses of the clusters that call, and no others', () => {
    const sources = placedMeshes(config).map((placed) => [
      placed.name,
      gatewaySources(config, placed, (cluster) => [`NAT of ${cluster}`]),
    ]);
    expect(Object.fromEntries(sources)).toEqual({
      // Nobody calls it yet.
      shop: ['NAT of depot', 'NAT of bank'],
      depot: ['NAT of shop', 'NAT of bank'],
      bank: ['NAT of shop'],
    });
  });

  it('say what the pods of callers need', () => {
    expect(notices).toEqual([
      expect.stringMatching(/^The pods of shop\/checkout call another mesh, and need annotations/),
    ]);
  });
});
