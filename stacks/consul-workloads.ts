import type { Construct } from 'constructs';
import { ConsulMeshPolicy, type IConsulMesh } from '../constructs/consul';
import { MeshAccess } from '../constructs/federation';
import { WeatherInfo } from '../constructs/weather';
import { KubernetesStack } from './kubernetes-stack';
import { refuseToMoveWeather } from './weather-stays';
import type { WorkloadsStackProps } from './workloads-stack';

/**
 * What runs in the Consul mesh: deny by default, sidecars that stay inside of the mesh, access log, and
 * one of the weather services. A stack of its own, since a custom resource is planned against the CRD
 * that `consul-mesh` brings.
 */
export class ConsulWorkloadsStack extends KubernetesStack {
  public readonly policy: ConsulMeshPolicy;
  public readonly access: MeshAccess;

  public constructor(scope: Construct, id: string, props: WorkloadsStackProps<IConsulMesh>) {
    super(scope, id, props, props);
    this.policy = new ConsulMeshPolicy(this, 'policy', { mesh: props.mesh });
    this.access = new MeshAccess(this, 'access', { plan: props.plan, mesh: props.meshName });
    if (props.weather !== undefined) {
      const { namespace, image, replicas } = props.weather;
      const { mesh, defaultDeny } = this.policy;
      refuseToMoveWeather(this, namespace, ['info']);
      // No pod runs before the mesh is closed, nor after it is open again.
      const dependsOn = [mesh.manifest, defaultDeny.manifest];
      new WeatherInfo(this, 'weather-info', { namespace, image, replicas, dependsOn });
    }
  }
}
