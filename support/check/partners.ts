import type { Config } from '../../config';
import { endingRoots } from '../../config/partners';
import type { Finding } from './finding';

/** Partners whose roots end soon: a deploy goes on, and not for long. */
export function partnerFindings(config: Config): Finding[] {
  return endingRoots(config).map(({ partner, what, remedy }) => ({
    area: 'partners',
    what: `Roots of ${partner}`,
    verdict: 'right',
    found: what,
    remedy,
  }));
}
