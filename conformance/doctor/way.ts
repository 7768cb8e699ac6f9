import type { ConfigInput } from '../../config';
import type { Fault } from './faults';
import type { World } from './world';

/** The pair as other settings have it deployed, in which there is nothing wrong but its faults. */
export interface Way {
  /** For the report. */
  readonly what: string;
  /** Beside those of the pair. */
  readonly settings: ConfigInput;
  /** By which the gateways are called. */
  readonly addresses: (mesh: string) => string;
  /** What else is there. */
  readonly arrange: (world: World) => Promise<void> | void;
  readonly faults: readonly Fault[];
}
