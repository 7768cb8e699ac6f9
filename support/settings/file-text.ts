import path from 'node:path';
import { DOCS, PROJECT } from '../paths';

/** What a new `federation.yaml` is made of. */
export interface FirstSettings {
  readonly region: string;
  /** @default any account that the credentials belong to */
  readonly accountId?: string;
  /** CIDR blocks that may reach the Kubernetes APIs. */
  readonly addresses: readonly string[];
}

/** Where editors find the schema, from the folder of the settings. */
export const SCHEMA_FILE = page('federation.schema.json');

function page(name: string): string {
  return path.relative(PROJECT, path.join(DOCS, name)).split(path.sep).join('/');
}

/** Where the package is installed `cdktf` takes the stacks from it. */
export const CDKTF_JSON = {
  name: 'cdktf.json',
  app: 'npx mesh-federation synth',
  get text() {
    const settings = { language: 'typescript', app: this.app, sendCrashReports: 'false' };
    return `${JSON.stringify(settings, null, 2)}\n`;
  },
} as const;

/** As YAML has it, whatever somebody answered. */
function scalar(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : JSON.stringify(text);
}

/** A `federation.yaml` that works, with what people set next as comments. */
export function firstSettings({ region, accountId, addresses }: FirstSettings): string {
  const account =
    accountId === undefined
      ? '  # accountId: "111122223333"   # set it: then no other account is ever touched'
      : `  accountId: ${JSON.stringify(accountId)}   # no other account is ever touched`;
  return `# yaml-language-server: $schema=./${SCHEMA_FILE}
#
# What differs from the profile. Every setting: ${page('settings.md')}. "npx cdktf synth" checks this file
# and deploys nothing.

aws:
  region: ${scalar(region)}
${account}
  # tags: { project: mesh-federation, owner: me }

eks:
  endpoint:
    publicCidrs: [${addresses.map(scalar).join(', ')}]   # who may reach the Kubernetes APIs
  # nodeGroups:                # Spot nodes cost about a third
  #   - { name: spot, capacity: spot, instanceTypes: [t3.medium, t3a.medium] }

# State in a bucket of yours, which must exist, in place of files on this machine:
# state: { kind: s3, bucket: my-bucket }

# Clusters of your own in place of the EKS pair:
# clusters:
#   istio: { kind: kubeconfig, path: ~/.kube/config, context: team-a }
#   consul: { kind: kubeconfig, path: ~/.kube/config, context: team-b }

# Meshes by names of your own, as many as you like, in place of the pair istio and consul, each in the
# cluster of the same name or in the one that it names (examples/three-meshes):
# meshes:
#   shop: { kind: istio, trustDomain: shop.example.com }
#   bank: { kind: consul, cluster: berlin }
`;
}
