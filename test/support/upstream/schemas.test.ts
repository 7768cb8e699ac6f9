import { expect, it } from '@jest/globals';
import { chartValueErrors } from '../../../support/upstream/chart-values';
import { customResourceErrors } from '../../../support/upstream/custom-resources';
import { describeWithSchemas } from '../../helpers/suites';

/** The oracle must be able to say no, or its yes means nothing. */
describeWithSchemas('the check of custom resources', () => {
  const valid = {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'allow-info', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'backend' } },
      action: 'ALLOW',
      rules: [{ from: [{ source: { principals: ['cluster.local/ns/default/sa/info'] } }] }],
    },
  };

  it('passes a valid one', () => {
    expect(customResourceErrors(valid)).toEqual([]);
  });

  it.each([
    [
      'an unknown field',
      { ...valid, spec: { ...valid.spec, action: 'ALLOW', rule: [] } },
      /"rule"/,
    ],
    [
      'an unknown field deep inside',
      { ...valid, spec: { rules: [{ from: [{ source: { principal: ['x'] } }] }] } },
      /"principal"/,
    ],
    ['a value outside the enumeration', { ...valid, spec: { action: 'PERMIT' } }, /"ALLOW"/],
    ['a wrong type', { ...valid, spec: { rules: {} } }, /must be array/],
    ['an unknown field beside the spec', { ...valid, specs: {} }, /"specs"/],
    [
      'an unknown field in the metadata',
      { ...valid, metadata: { ...valid.metadata, label: {} } },
      /"label"/,
    ],
    [
      'a label that is no text',
      { ...valid, metadata: { ...valid.metadata, labels: { a: 1 } } },
      /must be string/,
    ],
    ['a missing namespace', { ...valid, metadata: { name: 'x' } }, /needs a namespace/],
    ['an unknown version', { ...valid, apiVersion: 'security.istio.io/v2' }, /no CRD/],
  ])('refuses %s', (_, resource, message) => {
    expect(customResourceErrors(resource).join('\n')).toMatch(message);
  });

  it('leaves fields alone that a CRD declares free', () => {
    const defaults = {
      apiVersion: 'consul.hashicorp.com/v1alpha1',
      kind: 'ProxyDefaults',
      metadata: { name: 'global', namespace: 'consul' },
      spec: { config: { anything: { at: 'all' } } },
    };
    expect(customResourceErrors(defaults)).toEqual([]);
  });
});

describeWithSchemas('the check of chart values', () => {
  it.each([
    ['consul' as const, { ui: { service: { type: 'ClusterIP' } } }],
    ['consul' as const, { server: { resources: { limits: { cpu: null } } } }],
    ['consul' as const, { ingressGateways: { gateways: [{ name: 'x', replicas: 2 }] } }],
    ['istiod' as const, { nodeSelector: { 'kubernetes.io/os': 'linux' } }],
    ['istiod' as const, { resources: { limits: { memory: '1Gi' } } }],
    ['istiod' as const, { meshConfig: { trustDomain: 'x' } }],
    ['istio-gateway' as const, { labels: { mine: 'x' } }],
  ])('passes keys that %s has: %j', (chart, values) => {
    expect(chartValueErrors(chart, values)).toEqual([]);
  });

  it.each([
    // The thesis's chart 0.40 had it.
    ['consul' as const, { controller: { enabled: true } }, /consul: controller does not exist/],
    ['consul' as const, { server: { replica: 3 } }, /server\.replica does not exist/],
    ['consul' as const, { server: { replicas: '3' } }, /is a string, the chart has a number/],
    ['consul' as const, { server: { affinity: {} } }, /is a mapping, the chart has a string/],
    ['consul' as const, { server: { extraVolumes: [{ kind: 'secret' }] } }, /\[\]\.kind does not/],
    ['consul' as const, { ingressGateways: { gateways: [{ port: 1 }] } }, /\[\]\.port does not/],
    [
      'consul' as const,
      { ingressGateways: { gateways: [{ service: { ports: [{ targetPort: 1 }] } }] } },
      /ports\[\]\.targetPort does not/,
    ],
    ['istiod' as const, { pilot: { replicaCount: 2 } }, /istiod: pilot does not exist/],
    ['istiod' as const, { global: { proxy: { logLevels: 'x' } } }, /logLevels does not exist/],
    ['istiod' as const, { resources: { limit: {} } }, /resources\.limit does not exist/],
    ['istio-gateway' as const, { service: { port: [] } }, /service\.port does not exist/],
    ['istio-gateway' as const, { kind: 'StatefulSet' }, /must be equal to one of the allowed/],
    ['istio-base' as const, { base: { enableCRDs: true } }, /base\.enableCRDs does not exist/],
  ])('refuses what %s does not have: %j', (chart, values, message) => {
    expect(chartValueErrors(chart, values).join('\n')).toMatch(message);
  });
});
