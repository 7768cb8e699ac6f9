import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  GetObjectCommand,
  NoSuchBucket,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Config } from '../../config';
import { isYamlMap, textIn, yamlMaps } from '../../constructs/kubernetes/yaml-file';
import { statePrefix } from '../../stacks/state-prefix';
import { noCredentials } from '../aws/credentials';
import { awsReason, troubleOf } from '../aws/trouble';
import { UserError } from '../terminal/user-error';
import { all } from '../aws/answers';

/** What Terraform knows, in all states of these settings. */
export interface Known {
  /** Stacks whose state is there, with something in it or not. */
  readonly stacks: ReadonlySet<string>;
  /** The stack of what Terraform manages, by id and by ARN. */
  readonly managedBy: ReadonlyMap<string, string>;
  /** States that somebody is changing right now. */
  readonly locked: readonly string[];
}

/** A file of a state, or of its lock. */
interface StateFile {
  /** As Terraform calls it: `istio-cluster.tfstate`. */
  readonly name: string;
  /** For people. */
  readonly place: string;
  readonly text: string;
}

/** @throws UserError when a state cannot be read: without it nothing can be told from what is in use */
export async function knownStates(config: Config, s3: () => S3Client): Promise<Known> {
  const files =
    config.state.kind === 'local'
      ? localFiles(config.state.directory)
      : await inBucket(config, s3());
  const states = files.filter(({ name }) => name.endsWith('.tfstate'));
  const managedBy = new Map(
    states.flatMap((file) => {
      const stack = file.name.slice(0, -'.tfstate'.length);
      return managedIn(file).map((id) => [id, stack] as const);
    }),
  );
  return {
    stacks: new Set(states.map(({ name }) => name.slice(0, -'.tfstate'.length))),
    managedBy,
    locked: files.flatMap(({ name, place }) => (isLock(name) ? place : [])),
  };
}

/** As the local backend and that of S3 name them. */
function isLock(name: string): boolean {
  return /^\..+\.tfstate\.lock\.info$|\.tfstate\.tflock$/.test(name);
}

function localFiles(directory: string): StateFile[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((name) => {
    const place = path.join(directory, name);
    if (!name.endsWith('.tfstate') && !isLock(name)) return [];
    return [{ name, place, text: readFileSync(place, 'utf8') }];
  });
}

async function inBucket(config: Config, client: S3Client): Promise<StateFile[]> {
  if (config.state.kind === 'local') return [];
  const { bucket: Bucket } = config.state;
  const Prefix = `${statePrefix(config.state, config.profile)}/`;
  const place = (key: string) => `s3://${Bucket}/${key}`;
  try {
    // States of other profiles are in folders below.
    const pages = paginateListObjectsV2({ client }, { Bucket, Prefix, Delimiter: '/' });
    const keys = (await all(pages, (page) => page.Contents)).flatMap(({ Key = '' }) => Key);
    return await Promise.all(
      keys.map(async (Key) => {
        const name = Key.slice(Prefix.length);
        if (!name.endsWith('.tfstate')) return { name, place: place(Key), text: '' };
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        return { name, place: place(Key), text: (await Body?.transformToString()) ?? '' };
      }),
    );
  } catch (error) {
    const { state, aws } = config;
    const region = state.region ?? aws.region;
    const trouble = troubleOf(error, region);
    if (trouble?.kind === 'none') throw new UserError(noCredentials(trouble.reason));
    const reason =
      error instanceof NoSuchBucket ? 'there is no such bucket' : awsReason(error, region);
    throw new UserError(`The state in ${place(Prefix)} could not be read: ${reason}. ${BLIND}`);
  }
}

const BLIND = 'Without it nothing can be told from what is in use, and nothing is deleted.';

/** Ids and ARNs of all that a state manages. */
function managedIn({ place, text }: StateFile): string[] {
  if (text.trim() === '') return [];
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    throw new UserError(`${place} is no state of Terraform: it is no JSON. ${BLIND}`);
  }
  const resources = isYamlMap(state) ? state['resources'] : undefined;
  if (!Array.isArray(resources)) {
    throw new UserError(
      `${place} has no list of resources: it is encrypted, as OpenTofu can do it, or no state of Terraform. ${BLIND}`,
    );
  }
  return yamlMaps(resources)
    .filter(({ mode }) => mode === 'managed')
    .flatMap(({ instances }) => yamlMaps(instances))
    .flatMap(({ attributes }) =>
      isYamlMap(attributes) ? ['id', 'arn'].flatMap((key) => textIn(attributes, key) || []) : [],
    );
}
