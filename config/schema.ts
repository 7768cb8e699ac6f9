import { z } from 'zod';
import { accessPolicySettings } from './access-policy';
import { awsSettings } from './aws';
import { clusterSettings } from './clusters';
import { eksSettings } from './eks';
import { federationSettings } from './federation';
import { imageSettings } from './images';
import { type MeshSettings, meshSettings } from './meshes';
import { networkSettings } from './network';
import type { PartnerMesh } from './offers';
import type { ProfileName } from './profile-names';
import { stateSettings } from './state';
import { weatherSettings } from './weather';

/** Every setting. Each section is in a file of its own. */
export const sections = z.strictObject({
  aws: awsSettings.describe('The AWS account.'),
  state: stateSettings.describe("Where Terraform's state is kept."),
  network: networkSettings.describe('The VPC of each cluster.'),
  eks: eksSettings.describe('Each EKS cluster.'),
  clusters: clusterSettings.describe(
    'The clusters, by names of your own. Default: `istio` and `consul`, a new EKS cluster each.',
  ),
  images: imageSettings.describe('Where all images come from.'),
  meshes: meshSettings.describe(
    'The meshes, by names of your own: rules, stacks, outputs and messages call them so. Default: ' +
      '`istio` and `consul`. As soon as a mesh of another name is there, the list is yours: of these two ' +
      'it has what you name, such as `istio: {}`.',
  ),
  accessPolicy: accessPolicySettings.describe(
    'Who may call what, in all meshes. Whatever no rule allows is denied. Default: the weather ' +
      'application.',
  ),
  federation: federationSettings.describe('What stands between the meshes.'),
  weather: weatherSettings.describe('The weather application.'),
});

/** Every setting as the schema has it: meshes of partners are among the others. */
export type Sections = z.output<typeof sections>;

/** Every setting, checked and with its default, whatever they started from. */
export type Settings = Omit<Sections, 'meshes'> & {
  /** Those that are ours, by name. */
  readonly meshes: Readonly<Record<string, MeshSettings>>;
  /** Those of others, who deploy the other halves, by name. */
  readonly partners: Readonly<Record<string, PartnerMesh>>;
};

/** The settings of a deployment. */
export type Config = Settings & {
  /** Where the settings started from. */
  readonly profile: ProfileName;
};

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** Settings as a user writes them: any of them, over a profile. */
export type ConfigInput = DeepPartial<z.input<typeof sections>> & {
  /** @default default */
  readonly profile?: ProfileName;
};
