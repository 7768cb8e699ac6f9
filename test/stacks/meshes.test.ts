import { describe, expect, it } from '@jest/globals';
import { Testing } from 'cdktf';
import { awsSettings } from '../../config/aws';
import { consulMeshSettings, istioMeshSettings } from '../../config/meshes';
import type { ClusterConnection } from '../../constructs/kubernetes';
import { ConsulMeshStack } from '../../stacks/consul-mesh';
import { IstioMeshStack } from '../../stacks/istio-mesh';
import { testConnection } from '../helpers/cluster';
import { releaseValues, resource, resources, synthesise } from '../helpers/synth';

const eks: ClusterConnection = {
  kind: 'eks',
  clusterName: 'terraform-consul',
  region: 'eu-north-1',
};
const deployment = { aws: awsSettings.parse({ accountId: '111122223333' }), profile: 'default' };
const nlb = 'service.beta.kubernetes.io/aws-load-balancer-type';

function istio(connection: ClusterConnection, settings: object = {}): IstioMeshStack {
  return new IstioMeshStack(Testing.app(), 'istio-mesh', {
    connection,
    deployment,
    settings: istioMeshSettings.parse({ kind: 'istio', cluster: 'istio', ...settings }),
  });
}

function consul(connection: ClusterConnection, settings: object = {}): ConsulMeshStack {
  return new ConsulMeshStack(Testing.app(), 'consul-mesh', {
    connection,
    deployment,
    ownStorageClass: connection.kind === 'eks',
    settings: consulMeshSettings.parse({ kind: 'consul', cluster: 'consul', ...settings }),
  });
}

describe('on EKS', () => {
  it('the gateways are behind Network Load Balancers', () => {
    expect(releaseValues(istio(eks), 'istio-ingressgateway')).toMatchObject({
      service: { annotations: { [nlb]: 'nlb' } },
    });
    expect(JSON.stringify(releaseValues(consul(eks), 'consul'))).toContain(`${nlb}: nlb`);
  });

  it('the volume of the Consul server is gp3, and its class outlives the release', () => {
    const stack = consul(eks);
    expect(releaseValues(stack, 'consul').server).toMatchObject({
      storageClass: 'mesh-federation-gp3',
    });
    const dependencies = Object.values(resources(stack, 'kubernetes_namespace_v1')).map(
      ({ depends_on }) => depends_on,
    );
    expect(dependencies).toEqual([
      expect.arrayContaining([expect.stringMatching(/^kubernetes_storage_class_v1\./)]),
    ]);
  });

  it('the region is that of the cluster', () => {
    expect(
      synthesise(istio({ ...eks, region: 'us-east-1' })).resource?.terraform_data,
    ).toMatchObject({
      deployed_to: { input: { aws_region: 'us-east-1', cluster: 'EKS terraform-consul' } },
    });
  });

  it('the volumes have the tags of all else', () => {
    const stack = new ConsulMeshStack(Testing.app(), 'consul-mesh', {
      connection: eks,
      deployment,
      ownStorageClass: true,
      tags: { project: 'mesh-federation' },
      settings: consulMeshSettings.parse({ kind: 'consul', cluster: 'consul' }),
    });
    expect(resource(stack, 'kubernetes_storage_class_v1').parameters).toMatchObject({
      tagSpecification_1: 'project=mesh-federation',
    });
  });
});

describe('on a cluster that exists', () => {
  it('nothing asks for AWS', () => {
    for (const stack of [istio(testConnection), consul(testConnection)]) {
      expect(JSON.stringify(synthesise(stack))).not.toMatch(/aws_|"aws"/);
    }
  });

  it("the volume of the Consul server is of the cluster's default class", () => {
    const stack = consul(testConnection);
    expect(releaseValues(stack, 'consul').server).not.toHaveProperty('storageClass');
    expect(resources(stack, 'kubernetes_storage_class_v1')).toEqual({});
  });
});

describe('settings reach the meshes', () => {
  it('of Istio', () => {
    const stack = istio(testConnection, {
      trustDomain: 'istio.example.com',
      charts: { kind: 'oci', url: 'oci://registry.example.com/charts' },
      gateway: { tlsPort: 15443, annotations: { 'metallb.io/address-pool': 'mesh' } },
    });
    expect(stack.mesh).toMatchObject({
      trustDomain: 'istio.example.com',
      gateway: { tlsPort: 15443 },
    });
    expect(resource(stack, 'helm_release', { name: 'istiod' })).toMatchObject({
      repository: 'oci://registry.example.com/charts',
    });
    expect(releaseValues(stack, 'istio-ingressgateway').service).toMatchObject({
      annotations: { 'metallb.io/address-pool': 'mesh' },
    });
  });

  it('of Consul, whose trust domain depends on the cluster unless it is set', () => {
    const clusterId = '11111111-2222-3333-4444-555555555555';
    expect(consul(eks, { clusterId }).mesh.trustDomain).toBe(`${clusterId}.consul`);
    const byName = consul(eks).mesh.trustDomain;
    expect(byName).toBe(consul(eks).mesh.trustDomain);
    expect(byName).not.toBe(consul({ ...eks, clusterName: 'other' }).mesh.trustDomain);
    expect(byName).not.toBe(consul(eks, { datacenter: 'dc2' }).mesh.trustDomain);
    expect(byName).not.toBe(consul(testConnection).mesh.trustDomain);
  });
});
