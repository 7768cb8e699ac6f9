import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import type { WeatherSettings } from '../config/weather';
import { IstioMeshPolicy, type IIstioMesh } from '../constructs/istio';
import { callerPodAnnotations, MeshAccess } from '../constructs/federation';
import { WeatherBackend, WeatherFrontend } from '../constructs/weather';
import { KubernetesStack } from './kubernetes-stack';
import { refuseToMoveWeather } from './weather-stays';
import type { WorkloadsStackProps } from './workloads-stack';

/**
 * What runs in the Istio mesh: STRICT mutual TLS and default deny, and two of the weather services. A
 * stack of its own, since a custom resource is planned against the CRD that `istio-mesh` brings.
 */
export class IstioWorkloadsStack extends KubernetesStack {
  public readonly policy: IstioMeshPolicy;
  public readonly access: MeshAccess;

  public constructor(scope: Construct, id: string, props: WorkloadsStackProps<IIstioMesh>) {
    super(scope, id, props, props);
    this.policy = new IstioMeshPolicy(this, 'policy', { mesh: props.mesh });
    this.access = new MeshAccess(this, 'access', { plan: props.plan, mesh: props.meshName });
    if (props.weather !== undefined) this.addWeather(props.weather, props);
  }

  private addWeather(
    settings: WeatherSettings,
    { plan, ipFamily }: Pick<WorkloadsStackProps<IIstioMesh>, 'plan' | 'ipFamily'>,
  ): void {
    const { namespace, image, replicas, place, data, keyRevision } = settings;
    const { strictMutualTls, defaultDeny } = this.policy;
    refuseToMoveWeather(this, namespace, ['frontend', 'backend']);
    // No pod runs before the mesh is closed, nor after it is open again.
    const common = {
      namespace,
      image,
      replicas,
      ipFamily,
      dependsOn: [strictMutualTls.manifest, defaultDeny.manifest],
    };
    new WeatherBackend(this, 'weather-backend', {
      ...common,
      place,
      openWeather: data === 'openweather' ? { keyRevision } : undefined,
      podAnnotations: callerPodAnnotations(plan, 'istio/backend'),
    });
    const { serviceName, port } = new WeatherFrontend(this, 'weather-frontend', common);
    new TerraformOutput(this, 'page_command', {
      description: 'Opens the weather page on http://localhost:8080.',
      value: `${this.kubectl} -n ${namespace} port-forward service/${serviceName} 8080:${port}`,
    });
  }
}
