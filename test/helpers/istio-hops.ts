import {
  compilePolicy,
  crossCalls,
  type Hop,
  hops,
  type Place,
} from '../../constructs/federation/plan';
import type { YamlMap } from '../../constructs/kubernetes/yaml-file';
import type { Deployed } from '../../support/doctor/deployed';
import { consulMember, istioMember } from '../../support/policy/installed-meshes';
import { ClusterDouble } from './cluster-double';

const plan = (out: 'sidecar' | 'border') =>
  compilePolicy({
    policy: {
      meshes: {
        istio: { kind: 'istio', out, services: { front: { namespace: 'shop' } } },
        consul: { kind: 'consul', services: { info: {} } },
      },
      rules: [
        { from: 'istio/front', to: 'consul/info' },
        { from: 'consul/info', to: 'istio/front' },
      ],
    },
    meshes: { istio: istioMember(), consul: consulMember() },
  });

/** A double of an API server that has these objects, to look at them alone. */
class Having extends ClusterDouble {
  public constructor(private readonly objects: readonly YamlMap[]) {
    super();
  }

  public override list(_: string, kind: string, namespace?: string): Promise<YamlMap[]> {
    return Promise.resolve(
      this.objects.filter(
        (one) => one['kind'] === kind && JSON.stringify(one).includes(`"namespace":"${namespace}"`),
      ),
    );
  }
}

/** A hop in Istio's cluster, which has these objects, and the next one. */
export function istioHop(
  at: Extract<Place, 'caller' | 'border-in'>,
  objects: readonly YamlMap[],
  out: 'sidecar' | 'border' = 'sidecar',
): { readonly deployed: Deployed; readonly hop: Hop; readonly next: Hop } {
  const compiled = plan(out);
  const call = crossCalls(compiled).find(
    ({ caller }) => (caller.mesh === 'istio') === (at === 'caller'),
  );
  if (call === undefined) throw new Error('there is no such call');
  const all = hops(compiled, call, { addresses: () => ['192.0.2.1'] });
  const index = all.findIndex(({ place }) => place === at);
  const [hop, next] = all.slice(index, index + 2);
  if (hop === undefined || next === undefined) throw new Error('there are too few hops');
  const cluster = new Having(objects);
  const deployed = {
    plan: compiled,
    clusters: { istio: cluster, consul: cluster },
    wanted: [],
    staleSeconds: 1,
    givenRoots: [],
  };
  return { deployed, hop, next };
}
