import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { temporaryFolder, writeFile } from '../helpers/files';
import { defineConfig } from '../../config';
import { gatewayPortCount } from '../../config/gateways';
import { consulMeshSettings, istioMeshSettings } from '../../config/meshes';
import { placedMeshes } from '../../config/placed-meshes';
import { CONSUL, ISTIO } from '../../versions';

const folder = temporaryFolder();
const ISTIO_MESH = { kind: 'istio', cluster: 'istio' };
const CONSUL_MESH = { kind: 'consul', cluster: 'consul' };

/** All mistakes, as `path: message`. */
function mistakes(schema: z.ZodType, settings: unknown): string[] {
  const result = schema.safeParse(settings);
  return (result.error?.issues ?? []).map(
    ({ path, message }) => `${path.map(String).join('.')}: ${message}`,
  );
}

describe('the settings of the meshes', () => {
  it('have a default each', () => {
    expect(istioMeshSettings.parse(ISTIO_MESH)).toMatchObject({
      version: ISTIO.version,
      trustDomain: 'cluster.local',
      namespaces: [{ name: 'default' }],
      gateway: { tlsPort: 8443, ports: [] },
    });
    expect(consulMeshSettings.parse(CONSUL_MESH)).toMatchObject({
      version: CONSUL.version,
      datacenter: 'dc1',
      servers: 1,
      gateway: { ports: [] },
    });
  });

  it('of Istio are refused all at once, each with its path and what would be right', () => {
    expect(
      mistakes(istioMeshSettings, {
        ...ISTIO_MESH,
        version: '1.30',
        charts: { kind: 'oci', url: 'https://x' },
        images: { pilot: 'pilot:1.2.3', registry: 'https://x/y' },
        trustDomain: 'Cluster.local',
        namespaces: [{ name: 'My_Namespace' }],
        gateway: {
          tlsPort: 80,
          ports: [{ name: 'http2', port: 80 }],
          allowedSources: ['10.0.0.1'],
        },
        values: { istiod: ['/nowhere.yaml'] },
        replicas: 3,
      }).sort(),
    ).toEqual([
      ': Unrecognized key: "replicas"',
      'charts.url: must start with oci://',
      'gateway.allowedSources.0: must be a CIDR block: 10.0.0.1/32',
      'gateway: port 80 is used twice: by http2 and by tlsPort; give one of them another',
      'images.pilot: must be a full reference: registry/name@sha256:... or registry/name:tag',
      'images.registry: must be registry/folder in lower case, without https:// and last "/"',
      'namespaces.0.name: must be at most 63 lower case letters, digits and "-", with a letter or digit at both ends',
      'trustDomain: must be at most 255 lower case letters, digits, "-", "." and "_", with a letter or digit at both ends, such as shop.example.com',
      'values.istiod.0: values file /nowhere.yaml does not exist; name a file that does',
      `version: must be one exact version, such as ${ISTIO.version}`,
    ]);
  });

  it('report what a values file may not change, with the file, each', () => {
    const values = writeFile(
      folder,
      'mine.yaml',
      'meshConfig: {trustDomain: other}\nglobal: {datacenter: dc2}\nserver: {enabled: off}\n',
    );
    expect(
      mistakes(istioMeshSettings, {
        ...ISTIO_MESH,
        values: { istiod: [values] },
      }),
    ).toEqual([
      `values.istiod: values file ${values}: meshConfig.trustDomain comes from the mesh's ` +
        'trustDomain, the start of every identity',
    ]);
    expect(
      mistakes(consulMeshSettings, {
        ...CONSUL_MESH,
        values: [values],
      }),
    ).toEqual([
      `values: values file ${values}: global.datacenter comes from the mesh's datacenter, a part ` +
        'of every identity',
      `values: values file ${values}: server.enabled must stay as it is: the servers are part of ` +
        'the mesh',
    ]);
  });

  it('name the local charts that are not there in the version, each', () => {
    writeFile(folder, 'base/Chart.yaml', `version: ${ISTIO.version}`);
    writeFile(folder, 'istiod-1.2.3.tgz', '');
    writeFile(folder, `gateway-${ISTIO.version}.tgz`, '');
    writeFile(folder, 'consul/Chart.yaml', 'version: 1.2.3');
    const charts = { kind: 'local', path: folder };
    expect(
      mistakes(istioMeshSettings, {
        ...ISTIO_MESH,
        charts,
        cni: true,
      }),
    ).toEqual([
      `charts.path: no chart istiod ${ISTIO.version} in ${folder}: neither istiod/Chart.yaml nor ` +
        `istiod-${ISTIO.version}.tgz exists; there is istiod-1.2.3.tgz`,
      `charts.path: no chart cni ${ISTIO.version} in ${folder}: neither cni/Chart.yaml nor ` +
        `cni-${ISTIO.version}.tgz exists`,
    ]);
    expect(
      mistakes(consulMeshSettings, {
        ...CONSUL_MESH,
        charts,
      }),
    ).toEqual([
      `charts.path: chart ${folder}/consul has version 1.2.3, but ${CONSUL.version} is asked for: ` +
        'set the version to that of the chart, or put the other chart there',
    ]);
    expect(
      mistakes(istioMeshSettings, {
        ...ISTIO_MESH,
        charts: { kind: 'local', path: '/nowhere' },
      }),
    ).toEqual(['charts.path: chart folder /nowhere does not exist']);
  });

  it('of Consul as well', () => {
    expect(
      mistakes(consulMeshSettings, {
        ...CONSUL_MESH,
        clusterId: 'dc1',
        servers: 2,
        datacenter: 'DC 1',
        gatewayApiCrds: 'maybe',
        gateway: { ports: [8443, 8443, 21000] },
      }).sort(),
    ).toEqual([
      'clusterId: must be a UUID in lower case; "uuidgen" makes one',
      'datacenter: must be lower case letters, digits, "-" and "_"',
      "gateway: port 21000 (ports[2]) is the proxy's own: health checks; take another",
      'gateway: port 8443 is used twice: by ports[0] and by ports[1]; give one of them another',
      'gatewayApiCrds: Invalid option: expected one of "install"|"existing"',
      'servers: must be odd, so that a majority exists',
    ]);
  });
});

it('A gateway of Consul has a port for each caller of another mesh, and its previous one, whatever its kind', () => {
  const { config } = defineConfig({
    eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
    meshes: { shop: { kind: 'consul' }, bank: { kind: 'consul' }, desk: { kind: 'istio' } },
    clusters: {
      shop: { kind: 'eks', name: 'shop', cidr: '10.30.0.0/16' },
      bank: { kind: 'eks', name: 'bank', cidr: '10.40.0.0/16' },
      desk: { kind: 'eks', name: 'desk', cidr: '10.50.0.0/16' },
    },
    accessPolicy: {
      meshes: {
        shop: {
          kind: 'consul',
          services: { cart: { gatewayPort: 12001, previousGatewayPort: 12000 } },
        },
        desk: { kind: 'istio', services: { clerk: { out: 'border', previousGatewayPort: 12002 } } },
        bank: { kind: 'consul', services: { ledger: {} } },
      },
      rules: [
        { from: 'shop/cart', to: 'bank/ledger' },
        { from: 'desk/clerk', to: 'bank/ledger' },
      ],
    },
  });
  const ports = placedMeshes(config).map((placed) => gatewayPortCount(config, placed));
  expect(ports).toEqual([1, 4, 1]);
});
