import type { Construct } from 'constructs';
import { WeatherService, type WeatherServiceProps } from './service';

/**
 * Remarks on the weather, in the Consul mesh. It calls `http://backend/weather` in the other mesh.
 *
 * Its pods have the token of their service account, since Consul's sidecar logs in with it and finds it
 * by the application's own mount.
 * @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/connect-inject/webhook/mesh_webhook.go
 * `findServiceAccountVolumeMount`
 */
export class WeatherInfo extends WeatherService {
  public constructor(scope: Construct, id: string, props: WeatherServiceProps = {}) {
    super(scope, id, props, () => ({
      name: 'info',
      mesh: 'Consul',
      listen: 'loopback',
      serviceAccountToken: true,
      podAnnotations: { 'consul.hashicorp.com/connect-inject': 'true' },
    }));
  }
}
