import { setTimeout as sleep } from 'node:timers/promises';
import { isYamlMap, type YamlMap, yamlMap, yamlMaps } from '../../constructs/kubernetes/yaml-file';
import { PUBLISHED } from '../../constructs/federation/plan/internal';
import { accepted, type ApiServer, CONTROLLERS } from '../api-server';

/** What is looked at, by the path of its list. */
const LISTS = {
  jobs: '/apis/batch/v1/jobs',
  deployments: '/apis/apps/v1/deployments',
  namespaces: '/api/v1/namespaces',
} as const;

/**
 * Stands in for the controllers and the kubelet of a cluster that has none, as far as a deploy waits for them:
 * Jobs complete, Deployments are available, Consul's resources are synced, and what is deleted goes. No pod runs,
 * so the ConfigMap that the publishing job would write is written here.
 */
export class Controllers {
  private on = true;
  private readonly ended: Promise<void>;

  /**
   * @param roots PEM that the mesh shows.
   * @param synced Paths of the lists whose resources the mesh's own controller reports as synced.
   */
  public constructor(
    private readonly server: ApiServer,
    private readonly roots: string,
    private readonly synced: readonly string[],
  ) {
    this.ended = this.run();
    // `end` tells it. Unhandled until then, it would end the program, and leave the servers behind.
    this.ended.catch(() => undefined);
  }

  /** @throws Error of an API server that refused what they wrote */
  public async end(): Promise<void> {
    this.on = false;
    await this.ended;
  }

  private async run(): Promise<void> {
    while (this.on) {
      await Promise.all([
        this.each(LISTS.jobs, (job) => this.complete(job)),
        this.each(LISTS.deployments, (deployment) => this.rollOut(deployment)),
        this.each(LISTS.namespaces, (namespace) => this.finalize(namespace)),
        ...this.synced.map((list) => this.each(list, (resource) => this.sync(resource))),
      ]);
      await sleep(200);
    }
  }

  private async each(list: string, act: (object: Listed) => Promise<void>): Promise<void> {
    // A kind that is not served yet, or a server that does not answer, is asked again.
    const items = await this.server.get(list).then(
      (found) => yamlMaps(found['items']),
      () => [],
    );
    await Promise.all(items.map((item) => act(listed(list, item))));
  }

  private async complete({ object, metadata, path }: Listed): Promise<void> {
    if (await this.letGo({ object, metadata, path })) return;
    const status = yamlMap(object['status']);
    if (status['completionTime'] !== undefined) return;
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: now });
    const name = String(metadata['name']);
    if (/^roots-.*-first-/.test(name)) await this.publish(String(metadata['namespace']), name);
    await this.put(`${path}/status`, {
      ...object,
      status: {
        ...status,
        startTime: now,
        completionTime: now,
        succeeded: 1,
        conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
      },
    });
  }

  private async publish(namespace: string, job: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/configmaps/${job.replace(/-first-.*/, '')}`;
    const found = await this.server.get(path);
    await this.put(path, { ...found, data: { [PUBLISHED.roots]: this.roots } });
  }

  private async rollOut({ object, metadata, path }: Listed): Promise<void> {
    if (await this.letGo({ object, metadata, path })) return;
    const status = yamlMap(object['status']);
    const { generation } = metadata;
    if (status['observedGeneration'] === generation) return;
    const replicas = isYamlMap(object['spec']) ? object['spec']['replicas'] : 1;
    await this.put(`${path}/status`, {
      ...object,
      status: {
        observedGeneration: generation,
        replicas,
        updatedReplicas: replicas,
        readyReplicas: replicas,
        availableReplicas: replicas,
        conditions: [{ type: 'Available', status: 'True' }],
      },
    });
  }

  private async sync({ object, metadata, path }: Listed): Promise<void> {
    if (metadata['deletionTimestamp'] !== undefined || object['status'] !== undefined) return;
    const lastTransitionTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    await this.put(`${path}/status`, {
      ...object,
      status: { conditions: [{ type: 'Synced', status: 'True', lastTransitionTime }] },
    });
  }

  private async finalize({ object, metadata, path }: Listed): Promise<void> {
    if (metadata['deletionTimestamp'] === undefined) return;
    await this.put(`${path}/finalize`, { ...object, spec: { finalizers: [] } });
  }

  /** Whoever deletes in the foreground waits until the garbage collector has taken what belongs to it. */
  private async letGo({ object, metadata, path }: Listed): Promise<boolean> {
    if (metadata['deletionTimestamp'] === undefined) return false;
    await this.put(path, { ...object, metadata: { ...metadata, finalizers: [] } });
    return true;
  }

  /** What was changed or went meanwhile is looked at again. */
  private async put(path: string, object: YamlMap): Promise<void> {
    const answer = await this.server.as(CONTROLLERS, 'PUT', path, object);
    if (![404, 409].includes(answer.status)) accepted(`PUT ${path}`, answer);
  }
}

interface Listed {
  readonly object: YamlMap;
  readonly metadata: YamlMap;
  readonly path: string;
}

/** Items of a list do not say of which kind they are. */
function listed(list: string, item: YamlMap): Listed {
  const metadata = yamlMap(item['metadata']);
  const [, group = '', resource = ''] = /^(.*)\/([^/]+)$/.exec(list) ?? [];
  const { namespace, name } = metadata;
  const folder = typeof namespace === 'string' ? `/namespaces/${namespace}` : '';
  return { object: item, metadata, path: `${group}${folder}/${resource}/${String(name)}` };
}
