import { describe, expect, it } from '@jest/globals';
import { meshFederation } from '../helpers/cli';
import { testConnection } from '../helpers/cluster';
import { temporaryFolder, writeFile } from '../helpers/files';

const folder = temporaryFolder();
const yours = (context: string) =>
  `{kind: kubeconfig, path: ${testConnection.path}, context: ${context}, apiServer: "https://a.example.com"}`;

function run(settings: string, ...words: readonly string[]) {
  const FEDERATION_CONFIG = writeFile(folder, 'settings.yaml', settings);
  // CI counts as a terminal that shows colours.
  return meshFederation(['cost', ...words], { FEDERATION_CONFIG, NO_COLOR: '1' });
}

async function cost(settings: string, ...words: readonly string[]): Promise<string> {
  return (await run(settings, ...words)).stdout;
}

describe('npm run cost', () => {
  it('says that nothing is billed where an emulator takes the place of AWS', async () => {
    expect(await cost('profile: emulated')).toMatch(
      /^Nothing is billed: an emulator takes the place of AWS\. On AWS the same would cost:\nUSD/,
    );
  });

  it('says that AWS bills nothing for clusters that are there, without an empty table', async () => {
    expect(await cost('profile: kind')).toMatch(/^AWS bills nothing for these settings: .*\n$/);
  });

  it('says of which clusters it knows nothing', async () => {
    const text = await cost(
      `clusters: {istio: ${yours('test')}}\neks: {endpoint: {publicCidrs: [198.51.100.7/32]}}`,
    );
    expect(text).toMatch(
      /^clusters\.istio: there already \(kind: kubeconfig\); what it costs is not/,
    );
    expect(text).toContain('control plane');
  });

  it('says what of clusters that are there is not in the sum', async () => {
    const text = await cost(
      'clusters: {istio: {kind: existing-eks, name: shared}}\neks: {endpoint: {publicCidrs: [198.51.100.7/32]}}',
    );
    expect(text).toMatch(
      /^clusters\.istio: there already \(kind: existing-eks\); control plane, nodes and network are not in the sum\.$/m,
    );
  });

  it('names the regions whose prices these are', async () => {
    const text = await cost(
      'aws: {region: us-east-1}\nclusters: {consul: {region: eu-west-1}}\neks: {endpoint: {publicCidrs: [198.51.100.7/32]}}',
    );
    expect(text).toMatch(/^List prices of us-east-1, .*\nList prices of eu-west-1, /m);
    expect(text).toMatch(/^USD, by prices of us-east-1 and eu-west-1, /);
    // Every price of these is known.
    expect(text).not.toContain('No price of');
  });

  it('says what a GB costs on its way, and what so many would, but where no price is known', async () => {
    const settings = 'eks: {endpoint: {publicCidrs: [198.51.100.7/32]}}';
    const text = await cost(settings, '--gb', '500');
    expect(text).toMatch(/│ where +│ a GB +│ 500 GB │/);
    expect(text).toMatch(/│ from eu-north-1 to the internet +│ 0\.090 +│ 45\.00 +│/);
    expect(text).toMatch(/│ through NAT gateways of mesh-istio +│ no price │ +│/);
    expect(text).toContain('Prices a GB are of 2023-04-27 or later');
    expect(text).toContain('Where it says "no price", none of that region is known here');
    expect(await cost(settings)).toMatch(/│ where +│ a GB +│\n/);
  });

  it.each(['0', '-5', 'much', '1e3'])('takes no %s for an amount', async (amount) => {
    const { status, stderr } = await run('{}', `--gb=${amount}`);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining(`--gb ${amount}: must be a number of GB above 0, such as 500`),
    ]);
  });

  it('says nothing of it where AWS bills all', async () => {
    const text = await cost('eks: {endpoint: {publicCidrs: [198.51.100.7/32]}}');
    expect(text).toMatch(/^USD, by prices of eu-north-1, whether it is used or not/);
  });

  it('says which prices it has of another region', async () => {
    const text = await cost(
      'aws: {region: eu-south-2}\neks: {endpoint: {publicCidrs: [198.51.100.7/32]}, nodeGroups: [{name: a, instanceTypes: [m8i.large]}]}',
    );
    expect(text).toMatch(
      /^No price of eu-south-2 is known for: m8i\.large, load balancer\. Those of us-east-1 are in the sum/m,
    );
  });
});
