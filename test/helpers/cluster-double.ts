import { Cluster } from '../../support/doctor/cluster';

/** A double of an API server. Whoever extends it says what is read and listed; pods it has none. */
export class ClusterDouble extends Cluster {
  public constructor() {
    super(
      { getCurrentCluster: () => null, applyToHTTPSOptions: () => Promise.resolve() },
      'kubectl --context a',
      () => Promise.reject(new Error('there are no pods to forward to')),
    );
  }
}
