import type { WeatherSettings } from '../config/weather';
import type { AccessPlan } from '../constructs/federation';
import type { IpFamily } from '../constructs/ip-family';
import type { KubernetesStackProps } from './kubernetes-stack';

/** Settings of a stack with what runs in the mesh of any kind. */
export interface WorkloadsStackProps<Mesh> extends KubernetesStackProps {
  /** What the policy calls the mesh. */
  readonly meshName: string;
  readonly mesh: Mesh;
  /** Who may call what. */
  readonly plan: AccessPlan;
  /**
   * Which addresses pods have, on EKS.
   * @default 'ipv4'
   */
  readonly ipFamily?: IpFamily;
  /**
   * The weather application, of which this mesh runs its part.
   * @default none of it
   */
  readonly weather?: WeatherSettings;
}
