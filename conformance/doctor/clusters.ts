import { type YamlMap, yamlMap } from '../../constructs/kubernetes/yaml-file';
import type { Ref } from '../../support/cluster/cluster';
import { type Kind, type Manifest, objectPath } from '../../support/objects/kinds';
import { accepted, type ApiServer, CONTROLLERS } from '../api-server';
import { type Mesh, type Place, PLACE } from './meshes';

/** The objects in the API servers of the world, and what was changed of it since, so that it can be undone. */
export abstract class Clusters {
  protected readonly undo: (() => Promise<unknown>)[] = [];
  /** Paths of the objects that were made. */
  private readonly made = new Set<string>();

  protected constructor(
    protected readonly servers: Readonly<Record<Place, ApiServer>>,
    protected readonly kinds: Readonly<Record<Place, readonly Kind[]>>,
  ) {}

  /** Another state of an object, until the world is mended. */
  public async change(mesh: Mesh, ref: Ref, to: (object: YamlMap) => YamlMap, status = false) {
    const path = `${this.path(mesh, ref)}${status ? '/status' : ''}`;
    const before = await this.servers[PLACE[mesh]].get(path);
    await this.write(mesh, 'PUT', path, to(before));
    this.undo.push(async () => {
      const now = await this.servers[PLACE[mesh]].get(path);
      await this.write(mesh, 'PUT', path, { ...before, metadata: withVersionOf(before, now) });
    });
  }

  /** Changes in the status of an object. */
  public changeStatus(mesh: Mesh, ref: Ref, to: (object: YamlMap) => YamlMap): Promise<void> {
    return this.change(mesh, ref, to, true);
  }

  /** No such object, until the world is mended. */
  public async remove(mesh: Mesh, ref: Ref): Promise<void> {
    const path = this.path(mesh, ref);
    const before = await this.servers[PLACE[mesh]].get(path);
    await this.write(mesh, 'DELETE', path, { gracePeriodSeconds: 0 });
    this.undo.push(() => this.make(mesh, fresh(before)));
  }

  /** Another object in the place of one that cannot be changed, until the world is mended. */
  public async replace(mesh: Mesh, ref: Ref, to: (object: YamlMap) => YamlMap): Promise<void> {
    const before = await this.servers[PLACE[mesh]].get(this.path(mesh, ref));
    await this.remove(mesh, ref);
    const other = to(fresh(before));
    await this.make(mesh, other);
    this.undo.push(() =>
      this.write(mesh, 'DELETE', this.path(mesh, ref), { gracePeriodSeconds: 0 }),
    );
  }

  /** An object more, until the world is mended. */
  public async add(mesh: Mesh, object: Manifest): Promise<void> {
    await this.make(mesh, object);
    const ref = { ...object, ...object.metadata };
    this.undo.push(() => this.write(mesh, 'DELETE', this.path(mesh, ref)));
  }

  /** How much was changed so far, for `mend`. */
  public get changes(): number {
    return this.undo.length;
  }

  /** As it was after so many changes, whatever was broken since. */
  public async mend(changes = 0): Promise<void> {
    for (const undo of this.undo.splice(changes).reverse()) await undo();
  }

  private path(mesh: Mesh, { apiVersion, kind, namespace, name }: Ref): string {
    return objectPath(this.kinds[PLACE[mesh]], { apiVersion, kind, metadata: { name, namespace } });
  }

  private async write(mesh: Mesh, method: 'POST' | 'PUT' | 'DELETE', path: string, body?: YamlMap) {
    const answer = await this.servers[PLACE[mesh]].as(CONTROLLERS, method, path, body);
    return accepted(`${method} ${path} in ${mesh}`, answer).body;
  }

  /** Makes an object and its status. */
  protected async make(mesh: Mesh, object: YamlMap): Promise<void> {
    const { apiVersion, kind, metadata, status } = object;
    const { name, namespace } = yamlMap(metadata);
    const ref: Ref = {
      apiVersion: String(apiVersion),
      kind: String(kind),
      name: String(name),
      ...(typeof namespace === 'string' && { namespace }),
    };
    const path = this.path(mesh, ref);
    this.made.add(`${PLACE[mesh]} ${path}`);
    const made = await this.write(mesh, 'POST', path.slice(0, path.lastIndexOf('/')), object);
    if (status !== undefined) {
      await this.write(mesh, 'PUT', `${path}/status`, { ...made, status });
    }
  }

  /**
   * Makes an object, or changes it until the world is mended.
   *
   * @returns whether it is new
   */
  protected async put(mesh: Mesh, object: Manifest): Promise<boolean> {
    const { apiVersion, kind, metadata } = object;
    const ref: Ref = { apiVersion, kind, ...metadata };
    if (!this.made.has(`${PLACE[mesh]} ${this.path(mesh, ref)}`)) {
      await this.make(mesh, object);
      return true;
    }
    const rest = Object.entries(object).filter(([key]) => key !== 'metadata');
    await this.change(mesh, ref, (old) => ({
      ...old,
      ...Object.fromEntries(rest),
      metadata: { ...yamlMap(old['metadata']), ...metadata },
    }));
    return false;
  }

  /**
   * Makes an object that is not there yet; what is there stays.
   *
   * @returns whether it is new
   */
  protected async makeOnce(mesh: Mesh, object: Manifest): Promise<boolean> {
    const { apiVersion, kind, metadata } = object;
    if (this.made.has(`${PLACE[mesh]} ${this.path(mesh, { apiVersion, kind, ...metadata })}`)) {
      return false;
    }
    await this.make(mesh, object);
    return true;
  }
}

/** An object as it can be made again. */
function fresh(object: YamlMap): YamlMap {
  const { resourceVersion, uid, creationTimestamp, generation, managedFields, ...metadata } =
    yamlMap(object['metadata']);
  void [resourceVersion, uid, creationTimestamp, generation, managedFields];
  return { ...object, metadata };
}

function withVersionOf(before: YamlMap, now: YamlMap): YamlMap {
  return {
    ...yamlMap(before['metadata']),
    resourceVersion: yamlMap(now['metadata'])['resourceVersion'],
  };
}
