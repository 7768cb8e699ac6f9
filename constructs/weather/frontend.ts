import type { Construct } from 'constructs';
import { WeatherService, type WeatherServiceProps } from './service';

/**
 * The page, in the Istio mesh. It calls `http://backend`, and no mesh policy lets anybody call it: the
 * way to it is `kubectl port-forward`.
 */
export class WeatherFrontend extends WeatherService {
  public constructor(scope: Construct, id: string, props: WeatherServiceProps = {}) {
    super(scope, id, props, () => ({
      name: 'frontend',
      mesh: 'Istio',
      listen: 'everywhere',
      serviceAccountToken: false,
    }));
  }
}
