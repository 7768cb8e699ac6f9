import { Cluster } from '../../support/cluster/cluster';
import { PodError } from '../../support/cluster/errors';

/** A double of an API server. Whoever extends it says what is read and listed; pods it has none. */
export class ClusterDouble extends Cluster {
  public constructor() {
    super(
      { getCurrentCluster: () => null, applyToHTTPSOptions: () => Promise.resolve() },
      'kubectl --context a',
      () => Promise.reject(new PodError('there are no pods to forward to')),
    );
  }
}
