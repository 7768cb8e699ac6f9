import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Processes } from '../../rehearsal/processes';
import { Cluster, type LoggedContainer } from '../../support/cluster/cluster';
import type { Access } from '../../support/cluster/credentials';
import { PodError } from '../../support/cluster/errors';
import type { Forwarded, Forwarder } from '../../support/cluster/port-forward';

/** A double of the kubelet's part in logs: those of a border's pod are its Envoy's, and no other pod has any. */
export class Logged extends Cluster {
  public constructor(
    access: Access,
    kubectl: string,
    forward: Forwarder,
    private readonly lines: (container: LoggedContainer) => readonly string[],
  ) {
    super(access, kubectl, forward);
  }

  public override log(
    container: LoggedContainer,
    _: number,
    each: (line: string) => void,
  ): Promise<void> {
    this.lines(container).forEach(each);
    return Promise.resolve();
  }
}

/** What the Envoy of a border's pod has logged. */
export function readLog(processes: Processes, { pod: name }: LoggedContainer): string[] {
  const file = processes.output(name.replace(/-1$/, ''));
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
}

/** A double of the kubelet's part in a port-forward: the admin port of a border's pod is its Envoy's. */
export function opener(admins: ReadonlyMap<string, number>) {
  return async (namespace: string, name: string): Promise<Forwarded> => {
    const port = admins.get(`${namespace}/${name}`);
    if (port === undefined) throw new PodError(`pods "${name}" cannot be reached`);
    const stream = connect(port, '127.0.0.1');
    return Promise.resolve({
      stream,
      refused: new Promise<Error>((resolve) =>
        stream.once('error', ({ message }) => resolve(new PodError(message))),
      ),
      close: () => stream.destroy(),
    });
  };
}
