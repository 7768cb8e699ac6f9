import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type {
  AccessPlan,
  AccessPolicy,
  FederationResource,
  PlannedResource,
} from '../../../constructs/federation/plan';
import {
  borderHost,
  bordersBehindGateway,
  inboundBorders,
} from '../../../constructs/federation/plan/plan';
import { serviceHost } from '../../../constructs/kubernetes/cluster-domain';
import { compile, manifests, ofKind, planned } from './fixtures';
import { randomPolicy } from './random';

const HALF = { maxEjectionPercent: 50, consecutiveLocalOriginFailures: 2 };

function isHealth({ kind, spec }: FederationResource): boolean {
  return kind === 'DestinationRule' && spec.trafficPolicy.outlierDetection !== undefined;
}

/** Rules for pods that fail, of a namespace, that are about a host: by its name, or with a wildcard in its first part. */
function about(resources: readonly PlannedResource[], namespace: string, host: string) {
  return resources.filter(
    ({ manifest }) =>
      manifest.kind === 'DestinationRule' &&
      isHealth(manifest) &&
      manifest.metadata.namespace === namespace &&
      (manifest.spec.host.startsWith('*')
        ? host.endsWith(manifest.spec.host.slice(1))
        : manifest.spec.host === host),
  );
}

function istioMeshes(plan: AccessPlan) {
  return Object.entries(plan.meshes).filter(([, { kind }]) => kind === 'istio');
}

/** Services of Consul call one in Istio. */
function calledBy(
  callers: readonly string[],
  borders: { readonly borderNamespace?: string; readonly bordersMovedFrom?: string } = {},
): AccessPolicy {
  return {
    meshes: {
      istio: { kind: 'istio', ...borders, services: { backend: {} } },
      consul: { kind: 'consul', services: { info: {}, maps: {}, news: {} } },
    },
    rules: callers.map((name) => ({ from: `consul/${name}`, to: 'istio/backend' })),
  };
}

describe('the gateway of an Istio mesh', () => {
  it('leaves out pods of each border behind it, before it leads there', () => {
    fc.assert(
      fc.property(randomPolicy, (policy) => {
        const plan = compile(policy);
        for (const [mesh, member] of istioMeshes(plan)) {
          const resources = planned(plan).filter((one) => one.mesh === mesh);
          for (const border of bordersBehindGateway(plan, mesh)) {
            const rules = about(resources, border.namespace, borderHost(border, member));
            expect(rules).toMatchObject([
              {
                manifest: { spec: { exportTo: ['*'], trafficPolicy: { outlierDetection: HALF } } },
              },
            ]);
            const route = resources.find(({ id }) => id === `routes.${border.name}`);
            expect(route?.after).toEqual(rules.map(({ id }) => id));
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('does so where its borders were before, as long as they are there too', () => {
    const moved = calledBy(['info'], { borderNamespace: 'new', bordersMovedFrom: 'old' });
    const found = ofKind(manifests(compile(moved), 'istio'), 'DestinationRule');
    expect(found.map(({ metadata: { namespace }, spec: { host } }) => [namespace, host])).toEqual(
      ['new', 'old'].map((namespace) => [namespace, `*-border.${namespace}.svc.cluster.local`]),
    );
  });

  it('treats everything else in their namespace as before', () => {
    fc.assert(
      fc.property(randomPolicy, (policy) => {
        const plan = compile(policy);
        for (const [
          mesh,
          {
            mesh: { clusterDomain },
            ...member
          },
        ] of istioMeshes(plan)) {
          const resources = planned(plan).filter((one) => one.mesh === mesh);
          const { borderNamespace: namespace } = member;
          const inbound = new Set(inboundBorders(plan, mesh).map((one) => one.kubernetesService));
          const others = [
            ...plan.services.map(({ name }) => name),
            ...plan.borders
              .filter((border) => border.mesh === mesh)
              .map(({ kubernetesService }) => kubernetesService),
          ].filter((name) => !inbound.has(name));
          for (const name of others) {
            expect(
              about(resources, namespace, serviceHost(name, namespace, clusterDomain)),
            ).toEqual([]);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('has one rule for that, which further callers leave as it is', () => {
    const rules = (...callers: readonly string[]) =>
      ofKind(manifests(compile(calledBy(callers)), 'istio'), 'DestinationRule');
    expect(rules('info')).toHaveLength(1);
    expect(rules('maps', 'info', 'news')).toEqual(rules('info'));
    expect(rules()).toEqual([]);
  });
});
