import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { callerPodAnnotations } from '../../../constructs/federation';
import { WEATHER } from '../../helpers/plans';
import { compile, manifests, ofKind } from './fixtures';

type Volumes = Record<string, Record<string, unknown>>;

/** What the annotations of a pod template say. */
function annotationsOf(service: string, plan = compile(WEATHER)) {
  const annotations = callerPodAnnotations(plan, service);
  return {
    config: parse(annotations['proxy.istio.io/config'] ?? '{}') as {
      proxyMetadata?: Record<string, string>;
    },
    volumes: JSON.parse(annotations['sidecar.istio.io/userVolume'] ?? '{}') as Volumes,
    mounts: JSON.parse(annotations['sidecar.istio.io/userVolumeMount'] ?? '{}') as Volumes,
  };
}

describe("the pods of a calling service's", () => {
  it('sidecar has the files that its DestinationRule names', () => {
    const plan = compile(WEATHER);
    const { config, mounts } = annotationsOf('istio/backend', plan);
    const tls = ofKind(manifests(plan, 'istio'), 'DestinationRule').find(
      ({ spec }) => spec.workloadSelector,
    )?.spec.trafficPolicy.tls;
    const folders = Object.values(mounts).map(({ mountPath }) => mountPath);
    // Istio's agent writes these names there.
    expect(config.proxyMetadata?.['OUTPUT_CERTS']).toBe('/etc/federation/certificate');
    expect(tls?.clientCertificate).toBe('/etc/federation/certificate/cert-chain.pem');
    expect(tls?.privateKey).toBe('/etc/federation/certificate/key.pem');
    for (const file of [tls?.clientCertificate, tls?.caCertificates]) {
      expect(folders).toContain(file?.replace(/\/[^/]+$/, ''));
    }
  });

  it('sidecar answers for names that no DNS server knows', () => {
    const { config } = annotationsOf('istio/backend');
    expect(config.proxyMetadata?.['ISTIO_META_DNS_CAPTURE']).toBe('true');
  });

  it('private key is in memory, and the foreign roots come when they are there', () => {
    const { volumes, mounts } = annotationsOf('istio/backend');
    expect(volumes).toEqual({
      'federation-certificate': { emptyDir: { medium: 'Memory' } },
      'federation-roots-consul': {
        configMap: { name: 'federation-roots-consul', optional: true },
      },
    });
    expect(mounts['federation-roots-consul']).toEqual({
      mountPath: '/etc/federation/roots/consul',
      readOnly: true,
    });
    expect(Object.keys(mounts)).toEqual(Object.keys(volumes));
  });

  it('sidecar has the roots of each mesh that it calls', () => {
    const plan = compile({
      meshes: {
        istio: { kind: 'istio', services: { backend: {} } },
        one: { kind: 'consul', services: { info: {}, stock: {} } },
        two: { kind: 'consul', services: { mail: {} } },
      },
      rules: [
        { from: 'istio/backend', to: 'one/info' },
        { from: 'istio/backend', to: 'one/stock' },
        { from: 'istio/backend', to: 'two/mail' },
      ],
    });
    expect(Object.keys(annotationsOf('istio/backend', plan).volumes)).toEqual([
      'federation-certificate',
      'federation-roots-one',
      'federation-roots-two',
    ]);
  });
});

it('names what no pod can have: the roots of two meshes of one name', () => {
  const plan = compile(WEATHER);
  expect(() => callerPodAnnotations(plan, 'istio/backend', [plan])).toThrow(
    /two federations have a mesh consul, whose roots would be in one ConfigMap/,
  );
});

it.each(['istio/frontend', 'consul/info'])('%s needs nothing', (service) => {
  expect(callerPodAnnotations(compile(WEATHER), service)).toEqual({});
});
