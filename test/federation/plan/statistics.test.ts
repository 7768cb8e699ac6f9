import { describe, expect, it } from '@jest/globals';
import type {
  BorderPlacement,
  InboundCrossing,
  OutboundCrossing,
} from '../../../constructs/federation/plan/crossing';
import { inboundBorderEnvoy, outboundBorderEnvoy } from '../../../constructs/federation/plan/envoy';

const host = '127.0.0.1';
const placement: BorderPlacement = {
  configDirectory: '/etc/border',
  listen: { host, port: 8443 },
  status: { host, port: 8080 },
  metrics: { host, port: 8081 },
  admin: { host, port: 9901 },
  certificate: { source: 'sds', socketPath: '/socket', resourceName: 'default' },
  foreignBundle: { source: 'files', path: '/bundle/roots.pem', watchedDirectory: '/bundle' },
};

const incoming = (id: string, protocol: 'http' | 'tcp' = 'http'): InboundCrossing => ({
  id,
  serverName: `${protocol}.example`,
  caller: 'spiffe://cluster.local/ns/default/sa/backend',
  peer: 'spiffe://cluster.local/ns/default/sa/backend',
  protocol,
  allow: [],
  callee: { authority: 'info', address: { host, port: 9191 } },
});

const outgoing = (id: string, caller: string): OutboundCrossing => ({
  id,
  serverName: 'backend.example',
  caller: `spiffe://consul.example/${caller}`,
  peer: 'spiffe://cluster.local/ns/default/sa/info',
  protocol: 'http',
  allow: [{ methods: ['GET'] }],
  authority: 'backend',
  gateway: { host, port: 15443 },
});

/** Every value of a field, wherever it is. */
function values(of: unknown, field: string): unknown[] {
  if (typeof of !== 'object' || of === null) return [];
  return Object.entries(of).flatMap(([name, value]: [string, unknown]) => [
    ...(name === field ? [value] : []),
    ...values(value, field),
  ]);
}

describe("a border's statistics", () => {
  it('have one name for each crossing, whatever its id has in it', () => {
    const { bootstrap } = inboundBorderEnvoy({
      name: 'backend',
      placement,
      crossings: [incoming('backend.v2-to-info:8080'), incoming('backend-to-stock', 'tcp')],
    });
    const prefixes = values(bootstrap, 'stat_prefix');
    expect(prefixes).toEqual(
      expect.arrayContaining(['backend_v2-to-info_8080', 'backend-to-stock']),
    );
    expect(prefixes.filter((prefix) => /[.:]/.test(String(prefix)))).toEqual([]);
    // The cluster keeps its name, by which logs and routes know it.
    expect(
      bootstrap.static_resources.clusters.map(({ name, alt_stat_name }) => [name, alt_stat_name]),
    ).toEqual([
      ['backend.v2-to-info:8080', 'backend_v2-to-info_8080'],
      ['backend-to-stock', undefined],
      ['admin', undefined],
      ['sds-agent', undefined],
    ]);
  });

  it('are refused where two crossings would share them', () => {
    expect(() =>
      outboundBorderEnvoy({
        name: 'backend-outbound',
        placement,
        crossings: [outgoing('info.a', 'info'), outgoing('info_a', 'maps')],
      }),
    ).toThrow("two crossings would both be info_a in Envoy's statistics");
  });

  it('say of each metric where it comes from', () => {
    const { bootstrap } = inboundBorderEnvoy({
      name: 'backend',
      placement,
      crossings: [incoming('backend-to-info')],
      statLabels: { mesh: 'consul', foreign_mesh: 'istio' },
    });
    expect(bootstrap.stats_config.stats_tags).toEqual([
      { tag_name: 'border', fixed_value: 'backend' },
      { tag_name: 'direction', fixed_value: 'in' },
      { tag_name: 'mesh', fixed_value: 'consul' },
      { tag_name: 'foreign_mesh', fixed_value: 'istio' },
    ]);
  });

  it('count refusals of each caller of an outbound border, and of strangers, and decide nothing by it', () => {
    const { bootstrap } = outboundBorderEnvoy({
      name: 'backend-outbound',
      placement,
      crossings: [outgoing('info-to-backend', 'info'), outgoing('maps-to-backend', 'maps')],
    });
    const counted = values(bootstrap, 'shadow_rules').flatMap((rules) => values(rules, 'policies'));
    expect(counted.flatMap((policies) => Object.keys(policies ?? {}))).toEqual([
      'info-to-backend',
      'maps-to-backend',
      'unknown-caller',
    ]);
    expect(values(bootstrap, 'track_per_rule_stats')).toEqual([true, true, true]);
    const enforced = values(bootstrap, 'rules').flatMap((rules) => values(rules, 'action'));
    expect(new Set(enforced)).toEqual(new Set(['ALLOW']));
  });
});
