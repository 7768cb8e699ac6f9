import { describe, expect, it } from '@jest/globals';
import { TerraformVariable } from 'cdktf';
import { LinkerdAuthority } from '../../constructs/federation';
import { LinkerdMesh, type LinkerdMeshProps } from '../../constructs/linkerd';
import { chartValueErrors } from '../../support/upstream/chart-values';
import { LINKERD } from '../../versions';
import { clusterStack } from '../helpers/cluster';
import { temporaryFolder, writeFile } from '../helpers/files';
import { describeWithLinkerdSchemas } from '../helpers/suites';
import { type Block, releaseValues, resources, synthesise } from '../helpers/synth';

function given(props: LinkerdMeshProps = {}) {
  const stack = clusterStack();
  return { stack, mesh: new LinkerdMesh(stack, 'mesh', props) };
}

const DIGEST = 'a'.repeat(64);

const folder = temporaryFolder();

const values = (props?: LinkerdMeshProps) => ({
  crds: releaseValues(given(props).stack, 'linkerd-crds'),
  controlPlane: releaseValues(given(props).stack, 'linkerd-control-plane'),
});

/** Postconditions of data sources, by their ids' ends. */
function conditions(props?: LinkerdMeshProps) {
  const all = synthesise(given(props).stack).data?.['kubernetes_resources'] ?? {};
  return Object.values(all)
    .filter(
      ({ namespace, label_selector: labels }) =>
        namespace === undefined && !/made-for/.test(String(labels)),
    )
    .map((block) => {
      const {
        kind,
        field_selector: field,
        lifecycle,
      } = block as Block & {
        readonly lifecycle: {
          readonly postcondition: readonly {
            readonly condition: string;
            readonly error_message: string;
          }[];
        };
      };
      const [post] = lifecycle.postcondition;
      return { kind, field, condition: post?.condition, says: post?.error_message ?? '' };
    });
}

describe('a Linkerd mesh that is deployed', () => {
  it('takes nothing by default, and has its trust anchor and issuer from the cluster', () => {
    const { controlPlane } = values({ trustDomain: 'depot.example.com' });
    expect(controlPlane).toMatchObject({
      identityTrustDomain: 'depot.example.com',
      identity: { externalCA: true, issuer: { scheme: 'kubernetes.io/tls' } },
      proxy: { defaultInboundPolicy: 'deny' },
      disableHeartBeat: true,
      webhookFailurePolicy: 'Fail',
    });
    expect(JSON.stringify(controlPlane)).not.toMatch(/PEM/);
  });

  it('names the release of its charts, and the images of it', () => {
    const { controlPlane } = values();
    const release = `edge-${LINKERD.version.slice(2)}`;
    expect(controlPlane).toMatchObject({
      linkerdVersion: release,
      controllerImage: `${LINKERD.images}/controller`,
      controllerImageVersion: release,
      proxy: { image: { name: `${LINKERD.images}/proxy`, version: release } },
    });
  });

  it.each([
    ['registry.example.com:5000/l5d/proxy:edge-1', 'registry.example.com:5000/l5d/proxy', 'edge-1'],
    [`registry.example.com/proxy@sha256:${DIGEST}`, 'registry.example.com/proxy@sha256', DIGEST],
    [
      `registry.example.com/proxy:1@sha256:${DIGEST}`,
      'registry.example.com/proxy:1@sha256',
      DIGEST,
    ],
  ])('has the image %s as the chart puts it together again', (proxy, name, version) => {
    expect(values({ images: { proxy } }).controlPlane).toMatchObject({
      proxy: { image: { name, version } },
    });
  });

  it('gives pods of its namespaces a proxy, by the annotation that its injector reads', () => {
    const { stack } = given({ workloadNamespaces: [{ name: 'default' }, { name: 'depot' }] });
    const annotations = { 'linkerd.io/inject': 'enabled' };
    expect(Object.values(resources(stack, 'kubernetes_namespace_v1'))).toMatchObject([
      { metadata: { name: 'depot', annotations } },
    ]);
    expect(Object.values(resources(stack, 'kubernetes_annotations'))).toMatchObject([
      { kind: 'Namespace', metadata: { name: 'default' }, annotations },
    ]);
  });

  it('stops where another trust domain is asked for than its controller has', () => {
    const { stack } = given({ trustDomain: 'depot.example.com' });
    expect(Object.values(synthesise(stack).data?.['kubernetes_config_map_v1'] ?? {})).toMatchObject(
      [
        {
          metadata: { name: 'linkerd-config', namespace: 'linkerd' },
          lifecycle: {
            postcondition: [
              {
                condition:
                  '${try(yamldecode(self.data["values"]).identityTrustDomain, "depot.example.com") == "depot.example.com"}',
                error_message: expect.stringMatching(/Set the mesh's trustDomain back/),
              },
            ],
          },
        },
      ],
    );
  });

  it('stops before it would bring CRDs of the Gateway API that others have brought, or that are refused', () => {
    const found = conditions();
    expect(found.map(({ kind, field }) => `${String(kind)} ${String(field)}`).sort()).toEqual([
      ...['grpcroutes', 'httproutes', 'tcproutes', 'tlsroutes'].map(
        (name) => `CustomResourceDefinition metadata.name=${name}.gateway.networking.k8s.io`,
      ),
      'ValidatingAdmissionPolicy metadata.name=safe-upgrades.gateway.networking.k8s.io',
    ]);
    for (const { condition, says } of found) {
      expect(condition).toBe('${length(self.objects) == 0}');
      expect(says).toMatch(/Nothing was changed\. Set the mesh's gatewayApiCrds: existing\./);
    }
    expect(values().crds).toEqual({ installGatewayAPI: true });
  });

  it('stops where they should be there and are not', () => {
    const [only, ...others] = conditions({ gatewayApiCrds: 'existing' });
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      kind: 'APIService',
      field: 'metadata.name=v1.gateway.networking.k8s.io',
      condition: '${length(self.objects) > 0}',
      says: expect.stringMatching(
        /serves no gateway\.networking\.k8s\.io\/v1.*gatewayApiCrds: install/,
      ),
    });
    expect(values({ gatewayApiCrds: 'existing' }).crds).toEqual({ installGatewayAPI: false });
  });

  it('does not let values files take away what others rely on', () => {
    const file = writeFile(
      folder,
      'mine.yaml',
      'proxy: { defaultInboundPolicy: all-unauthenticated, logLevel: debug }\nidentity: { issuer: { tls: { keyPEM: key } } }\n',
    );
    expect(() => given({ valuesFiles: { controlPlane: [file] } })).toThrow(
      /identity\.issuer\.tls would put the key of the issuer into the state|defaultInboundPolicy comes from/,
    );
  });

  it('refuses images of which the chart could not tell the name from the tag', () => {
    expect(() => given({ images: { controller: 'registry.example.com/controller' } })).toThrow(
      'images.controller: is "registry.example.com/controller"; must be a full reference',
    );
    const repository = new TerraformVariable(clusterStack(), 'repository', {}).stringValue;
    expect(() => given({ images: { proxy: repository } })).toThrow(/images\.proxy: is /);
    expect(values({ images: { proxy: `${repository}:v1` } }).controlPlane).toMatchObject({
      proxy: { image: { version: 'v1' } },
    });
  });

  it('refuses names that cannot be', () => {
    expect(() =>
      given({
        trustDomain: 'Depot',
        namespace: 'a.b',
        workloadNamespaces: [{ name: 'depot' }, { name: 'depot' }],
      }),
    ).toThrow(
      /trustDomain.*\n.*namespace.*\n.*workloadNamespaces\[1\]\.name: depot is listed twice/,
    );
  });
});

describe('a Linkerd mesh of somebody else', () => {
  it('is as the charts make it where nothing is said', () => {
    expect(LinkerdMesh.fromAttributes()).toEqual({
      trustDomain: 'cluster.local',
      namespace: 'linkerd',
    });
    expect(LinkerdMesh.fromAttributes({ clusterDomain: 'depot.local' }).trustDomain).toBe(
      'depot.local',
    );
    expect(() => LinkerdMesh.fromAttributes({ namespace: 'A' })).toThrow(/namespace/);
    // Good in SPIFFE IDs, but its identities are DNS names.
    expect(() => LinkerdMesh.fromAttributes({ trustDomain: 'depot_1' })).toThrow(/trustDomain/);
  });
});

describe('its authority', () => {
  const stack = clusterStack();
  const authority = new LinkerdAuthority(stack, 'authority', { trustDomain: 'depot.example.com' });
  new LinkerdMesh(stack, 'mesh', { dependsOn: authority.ready });

  it('refuses an image that is none', () => {
    expect(() => new LinkerdAuthority(clusterStack(), 'authority', { image: 'node' })).toThrow(
      'image: is "node"; must be a full reference',
    );
  });

  it('is made by a job that may touch these objects of one namespace, and no others', () => {
    const [role] = Object.values(resources(stack, 'kubernetes_role_v1'));
    expect(role).toMatchObject({ metadata: { namespace: 'linkerd' } });
    expect(role?.['rule']).toEqual([
      { api_groups: [''], resources: ['secrets'], verbs: ['create'] },
      {
        api_groups: [''],
        resources: ['secrets'],
        resource_names: ['linkerd-trust-anchor', 'linkerd-identity-issuer'],
        verbs: ['get', 'patch'],
      },
      { api_groups: [''], resources: ['configmaps'], verbs: ['create'] },
      {
        api_groups: [''],
        resources: ['configmaps'],
        resource_names: ['linkerd-identity-trust-roots', 'linkerd-authority'],
        verbs: ['get', 'update'],
      },
    ]);
  });

  it('has no Secret in the state, and is there before the chart', () => {
    expect(resources(stack, 'kubernetes_secret_v1')).toEqual({});
    const releases = Object.values(resources(stack, 'helm_release'));
    expect(releases.map(({ depends_on: on }) => JSON.stringify(on))).toEqual([
      expect.stringContaining('data.kubernetes_config_map_v1.authority_result'),
      expect.stringContaining('data.kubernetes_config_map_v1.authority_result'),
    ]);
  });

  it('keeps the injector away from the pods of the control plane', () => {
    expect(Object.values(resources(stack, 'kubernetes_namespace_v1'))).toMatchObject([
      {
        metadata: {
          name: 'linkerd',
          labels: { 'config.linkerd.io/admission-webhooks': 'disabled' },
        },
      },
    ]);
  });
});

describeWithLinkerdSchemas("the charts' own values", () => {
  it.each([
    {},
    { gatewayApiCrds: 'existing', clusterDomain: 'depot.local' },
    { images: { registry: 'registry.example.com/l5d' }, defaultInboundPolicy: 'all-authenticated' },
  ] satisfies LinkerdMeshProps[])('have every key of ours: %j', (props) => {
    const { crds, controlPlane } = values(props);
    expect(chartValueErrors('linkerd-crds', crds)).toEqual([]);
    expect(chartValueErrors('linkerd-control-plane', controlPlane)).toEqual([]);
  });
});
