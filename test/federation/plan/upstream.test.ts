import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type {
  AccessPlan,
  FederationResource,
  PlannedResource,
} from '../../../constructs/federation';
import { customResourceErrors } from '../../../support/upstream/custom-resources';
import { describeWithLinkerdSchemas, describeWithSchemas } from '../../helpers/suites';
import { compile, membersFor, ofKind, planned, withDefaultDeny } from './fixtures';
import { randomPolicy } from './random';

/** Plans of random policies, for meshes that deny by default or do not. */
const randomPlan: fc.Arbitrary<AccessPlan> = fc
  .tuple(randomPolicy, fc.boolean())
  .map(([policy, deny]) => compile(policy, withDefaultDeny(membersFor(policy), deny)));

/** Runs a check on the resources of each cluster of random plans. */
function forEachCluster(check: (resources: PlannedResource[]) => void, numRuns = 15): void {
  fc.assert(
    fc.property(randomPlan, (plan) => {
      const resources = planned(plan);
      for (const mesh of Object.keys(plan.meshes)) {
        check(resources.filter((resource) => resource.mesh === mesh));
      }
    }),
    { numRuns },
  );
}

function manifestsOf(resources: readonly PlannedResource[]): FederationResource[] {
  return resources.map(({ manifest }) => manifest);
}

describeWithSchemas('the CRDs of the pinned versions', () => {
  it('take every resource, to the last field', () => {
    forEachCluster((resources) => {
      const others = manifestsOf(resources).filter((one) => !isOfLinkerd(one));
      expect(others.flatMap(customResourceErrors)).toEqual([]);
    });
  });
});

describeWithLinkerdSchemas('the CRDs of Linkerd, of the pinned version', () => {
  it('take every resource, to the last field', () => {
    let seen = 0;
    forEachCluster((resources) => {
      const manifests = manifestsOf(resources).filter(isOfLinkerd);
      seen += manifests.length;
      expect(manifests.flatMap(customResourceErrors)).toEqual([]);
    });
    expect(seen).toBeGreaterThan(0);
  });

  it.each([
    ['an unknown field', { podSelector: {}, port: 80, proxyPrtcl: 'HTTP/1' }, 'proxyPrtcl'],
    ['a missing port', { podSelector: {} }, "required property 'port'"],
  ])('refuse %s', (_, spec, message) => {
    const metadata = { name: 'orders', namespace: 'shop' };
    const server = { apiVersion: 'policy.linkerd.io/v1beta3', kind: 'Server', metadata, spec };
    expect(customResourceErrors(server).join()).toContain(message);
  });
});

function isOfLinkerd({ apiVersion }: FederationResource): boolean {
  return apiVersion.startsWith('policy.linkerd.io/');
}

describe('in one cluster', () => {
  it('no two resources have the same name, and none waits for one that comes later', () => {
    forEachCluster((resources) => {
      const names = manifestsOf(resources).map(
        ({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`,
      );
      expect(new Set(names).size).toBe(names.length);
      const seen = new Set<string>();
      for (const { id, after } of resources) {
        expect(after.filter((other) => !seen.has(other))).toEqual([]);
        expect(seen.has(id)).toBe(false);
        seen.add(id);
      }
    });
  });

  it('what stays when the federation goes waits for nothing that goes with it', () => {
    forEachCluster((resources) => {
      const staying = resources.filter(({ layer }) => layer === 'mesh');
      const ids = new Set(staying.map(({ id }) => id));
      expect(staying.flatMap(({ after }) => after).filter((id) => !ids.has(id))).toEqual([]);
    });
  });
});

/**
 * What Consul's webhooks and servers refuse beyond the CRDs.
 * @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/api/v1alpha1/serviceintentions_webhook.go
 * @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/api/v1alpha1/serviceintentions_types.go
 * @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/api/v1alpha1/ingressgateway_types.go
 * @see https://github.com/hashicorp/consul/blob/v1.22.7/agent/structs/config_entry_intentions.go
 */
describe('Consul takes', () => {
  it('one ServiceIntentions for a service, each source once, with an action or permissions', () => {
    forEachCluster((resources) => {
      const intentions = ofKind(manifestsOf(resources), 'ServiceIntentions');
      expect(repeated(intentions.map(({ spec }) => spec.destination.name))).toEqual([]);
      for (const { spec } of intentions) {
        expect(spec.sources.length).toBeGreaterThan(0);
        expect(repeated(spec.sources.map(({ name }) => name))).toEqual([]);
        for (const { action, permissions } of spec.sources) {
          expect(action === undefined).toBe(permissions !== undefined);
          expect(permissions?.length).not.toBe(0);
          for (const { http } of permissions ?? []) {
            const paths = [http.pathExact, http.pathPrefix, http.pathRegex].filter(Boolean);
            expect(paths.length).toBeLessThanOrEqual(1);
            expect(paths.length + (http.methods?.length ?? 0)).toBeGreaterThan(0);
            expect(repeated(http.methods ?? [])).toEqual([]);
          }
        }
      }
    });
  });

  it('permissions for services that speak HTTP, and a port of the gateway for one that speaks tcp', () => {
    forEachCluster((resources) => {
      const manifests = manifestsOf(resources);
      const protocols = new Map(
        ofKind(manifests, 'ServiceDefaults').map(({ metadata, spec }) => [
          metadata.name,
          spec.protocol,
        ]),
      );
      expect(protocols.size).toBe(ofKind(manifests, 'ServiceDefaults').length);
      for (const { spec } of ofKind(manifests, 'ServiceIntentions')) {
        if (spec.sources.some(({ permissions }) => permissions)) {
          expect(['http', 'http2', 'grpc']).toContain(protocols.get(spec.destination.name));
        }
      }
      const gateways = ofKind(manifests, 'IngressGateway');
      expect(gateways.length).toBeLessThanOrEqual(1);
      const listeners = gateways.flatMap(({ spec }) => spec.listeners);
      expect(repeated(listeners.map(({ port }) => port))).toEqual([]);
      for (const { services } of listeners) {
        expect(services.map(({ name }) => protocols.get(name))).toEqual(['tcp']);
      }
    });
  });
});

/**
 * What Istio's webhook refuses beyond the CRDs.
 * @see https://github.com/istio/istio/blob/1.30.3/pkg/config/validation/validation.go
 */
describe('Istio takes', () => {
  it('rules with something in each part', () => {
    forEachCluster((resources) => {
      for (const { spec } of ofKind(manifestsOf(resources), 'AuthorizationPolicy')) {
        expect(Object.keys(spec.selector.matchLabels).length).toBeGreaterThan(0);
        for (const { from, to, when } of spec.rules) {
          expect(from?.length).not.toBe(0);
          expect(from?.flatMap(({ source }) => source.principals)).not.toEqual([]);
          expect(to?.length).not.toBe(0);
          for (const { operation } of to ?? []) {
            expect(Object.values(operation).flat().length).toBeGreaterThan(0);
          }
          expect(when?.flatMap(({ values }) => values)).not.toEqual([]);
        }
      }
    });
  });

  it('a rule for some pods in its own namespace only, and subsets that are there', () => {
    forEachCluster((resources) => {
      const manifests = manifestsOf(resources);
      const rules = ofKind(manifests, 'DestinationRule');
      for (const { spec } of rules) {
        if (spec.workloadSelector) expect(spec.exportTo).toEqual(['.']);
        expect(repeated(spec.subsets?.map(({ name }) => name) ?? [])).toEqual([]);
      }
      for (const { metadata, spec } of ofKind(manifests, 'VirtualService')) {
        const routes = [...(spec.http ?? []), ...(spec.tcp ?? [])];
        expect(routes.length + (spec.tls?.length ?? 0)).toBeGreaterThan(0);
        for (const { destination } of routes.flatMap(({ route }) => route)) {
          // To an outbound border.
          if (destination.subset === undefined) continue;
          expect(
            rules.filter(
              (rule) =>
                rule.metadata.namespace === metadata.namespace &&
                rule.spec.host === destination.host &&
                rule.spec.subsets?.some(({ name }) => name === destination.subset),
            ),
          ).toHaveLength(1);
        }
      }
    });
  });

  it('a gateway whose name has no dot, and endpoints with the ports of their host', () => {
    forEachCluster((resources) => {
      const manifests = manifestsOf(resources);
      for (const { metadata, spec } of ofKind(manifests, 'Gateway')) {
        expect(metadata.name).toMatch(/^[a-z0-9-]+$/);
        expect(repeated(spec.servers.map(({ port }) => port.name))).toEqual([]);
        expect(spec.servers.flatMap(({ hosts }) => hosts).length).toBeGreaterThan(0);
        expect(repeated(spec.servers.flatMap(({ hosts }) => hosts))).toEqual([]);
      }
      for (const { spec } of ofKind(manifests, 'ServiceEntry')) {
        const ports = spec.ports.map(({ name }) => name);
        for (const endpoint of spec.endpoints) {
          expect(Object.keys(endpoint.ports)).toEqual(ports);
        }
      }
    });
  });
});

function repeated<Item>(items: readonly Item[]): Item[] {
  return items.filter((item, index) => items.indexOf(item) < index);
}
