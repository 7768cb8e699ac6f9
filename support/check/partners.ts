import type { Config } from '../../config';
import { endingRoots } from '../../config/partners';
import type { Finding } from './finding';

/** Partners whose roots end soon: a deploy goes on, and not for long. */
export function partnerFindings(config: Config): Finding[] {
  return endingRoots(config).map(({ partner, end }) => ({
    area: 'partners',
    what: `Roots of ${partner}`,
    verdict: 'right',
    found: `the last ends on ${end}, and then no call between it and your meshes gets through`,
    remedy: `Ask the owner of ${partner} for a new offer ("mesh-federation offer"), and deploy with it`,
  }));
}
