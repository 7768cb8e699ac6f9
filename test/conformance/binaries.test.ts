import { describe, expect, it } from '@jest/globals';
import { DEFAULT_KUBERNETES_VERSION } from '../../constructs/eks/versions';
import { temporaryFolder, writeFile } from '../helpers/files';
import { controlPlaneBinaries, pinnedApiServerVersion } from '../../conformance/binaries';

const folder = temporaryFolder();
const silent = () => undefined;

describe('the control plane', () => {
  it('is of the version of new clusters', () => {
    expect(pinnedApiServerVersion()).toMatch(new RegExp(`^${DEFAULT_KUBERNETES_VERSION}\\.\\d+$`));
  });

  it('is that of KUBEBUILDER_ASSETS, where that is set', () => {
    const etcd = writeFile(folder, 'assets/etcd', '');
    const apiServer = writeFile(folder, 'assets/kube-apiserver', '');
    const env = { KUBEBUILDER_ASSETS: `${folder}/assets` };
    expect(controlPlaneBinaries(env, silent)).toEqual({ etcd, apiServer });
  });

  it('does not fall back to another one where that is wrong', () => {
    writeFile(folder, 'half/etcd', '');
    const env = { ...process.env, KUBEBUILDER_ASSETS: `${folder}/half` };
    expect(() => controlPlaneBinaries(env, silent)).toThrow(
      /KUBEBUILDER_ASSETS names .*half, and there is no .*half\/kube-apiserver$/,
    );
  });

  it('is missing where there is neither etcd nor Go, and it says how to get it', () => {
    const env = { PATH: folder, XDG_CACHE_HOME: folder };
    expect(controlPlaneBinaries(env, silent)).toMatchObject({
      problem: 'not on the PATH: etcd; Go, to build the API server with',
      remedy: expect.stringMatching(/apt-get install etcd-server.*KUBEBUILDER_ASSETS/),
    });
  });
});
