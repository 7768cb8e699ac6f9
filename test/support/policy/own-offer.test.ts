import { beforeAll, describe, expect, it } from '@jest/globals';
import { compilePolicy, type MeshMember } from '../../../constructs/federation/plan';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import { consulMember, istioMember } from '../../../support/policy/installed-meshes';
import { noAddress, shownRoots } from '../../../support/policy/own-offer';
import { certificate } from '../../helpers/roots';

/** By place, the data of the ConfigMaps of a cluster. */
type ConfigMaps = Readonly<Record<string, Readonly<Record<string, string>>>>;

const PUBLISHED = 'mesh-federation/roots-istio';
const OF_ISTIO = 'istio-system/istio-ca-root-cert';
const OF_SPIRE = 'spire/spire-bundle';

const spire = { trustDomain: 'spire.example.com' };

function shown(configMaps: ConfigMaps, own: Pick<MeshMember, 'spire'>) {
  const istio = { ...istioMember(), ...own };
  const plan = compilePolicy({
    policy: {
      meshes: {
        istio: { kind: 'istio', out: 'border', services: { backend: {} } },
        consul: { kind: 'consul', services: { info: {} } },
      },
      rules: [{ from: 'istio/backend', to: 'consul/info' }],
    },
    meshes: { istio, consul: consulMember() },
  });
  return shownRoots('istio', istio, plan, ({ namespace, name }): Promise<YamlMap | undefined> => {
    const data = configMaps[`${namespace}/${name}`];
    return Promise.resolve(data && { data });
  });
}

describe('The roots that a cluster shows for an offer', () => {
  let ofMesh: string;
  let ofSpire: string;
  let bundle: string;
  beforeAll(async () => {
    // As Istio's, which name no trust domain.
    ofMesh = (await certificate({ name: 'mesh' })).pem;
    ofSpire = (await certificate({ name: 'spire', uri: 'spiffe://spire.example.com' })).pem;
    const x5c = ofSpire.replaceAll(/-----[A-Z ]+-----|\n/g, '');
    bundle = JSON.stringify({ keys: [{ use: 'x509-svid', x5c: [x5c] }] });
  });
  const certificateIn = (pem: string | undefined) => pem?.replaceAll(/\s/g, '');

  it("are SPIRE's and not the mesh's where its borders have a SPIRE", async () => {
    const ofOthers = { [OF_ISTIO]: { 'root-cert.pem': ofMesh } };
    const cases: readonly ConfigMaps[] = [
      { ...ofOthers, [OF_SPIRE]: { 'bundle.crt': ofSpire } },
      { ...ofOthers, [OF_SPIRE]: { 'bundle.crt': bundle } },
      { ...ofOthers, [PUBLISHED]: { 'roots.pem': ofSpire, 'mesh-roots.pem': ofMesh } },
      // Published before it had one.
      {
        ...ofOthers,
        [PUBLISHED]: { 'roots.pem': ofMesh },
        [OF_SPIRE]: { 'bundle.crt': ofSpire },
      },
    ];
    for (const configMaps of cases) {
      expect(certificateIn(await shown(configMaps, { spire }))).toBe(certificateIn(ofSpire));
    }
  });

  it("are none where SPIRE shows none, whatever the mesh's are", async () => {
    const cases: readonly ConfigMaps[] = [{}, { [PUBLISHED]: { 'roots.pem': ofMesh } }];
    for (const published of cases) {
      const configMaps = { ...published, [OF_ISTIO]: { 'root-cert.pem': ofMesh } };
      expect(await shown(configMaps, { spire })).toBeUndefined();
    }
  });

  it('are looked for where the settings say', async () => {
    const elsewhere = { namespace: 'trust', configMap: 'bundle', key: 'bundle.spiffe' };
    const configMaps = { 'trust/bundle': { 'bundle.spiffe': bundle } };
    expect(await shown(configMaps, { spire: { ...spire, bundle: elsewhere } })).toContain('BEGIN');
    await expect(shown({ [OF_SPIRE]: { 'bundle.crt': 'no bundle' } }, { spire })).rejects.toThrow(
      /^spire\.bundle: the ConfigMap spire\/spire-bundle serves neither PEM nor/,
    );
  });

  it("are the mesh's where it has no SPIRE, or has it no longer", async () => {
    const own = { [OF_ISTIO]: { 'root-cert.pem': ofMesh } };
    const cases: readonly ConfigMaps[] = [
      {},
      { [PUBLISHED]: { 'roots.pem': ofSpire, 'mesh-roots.pem': ofMesh } },
    ];
    for (const published of cases) {
      expect(await shown({ ...own, ...published }, {})).toBe(ofMesh);
    }
    expect(await shown({ [PUBLISHED]: { 'roots.pem': ofMesh } }, {})).toBe(ofMesh);
  });
});

describe('Where no address is there to offer', () => {
  it('says what makes the load balancer', () => {
    expect(noAddress('consul', { in: 'gateway' }, 'federation')).toMatch(
      /: deploy consul-mesh, or/,
    );
    const entrance = noAddress('consul', { in: 'service' }, 'federation-depot');
    expect(entrance).toMatch(
      /with the stack federation-depot, .* set meshes\.consul\.gateway\.address/,
    );
    expect(entrance).not.toContain('consul-mesh');
  });
});
