import { z } from 'zod';
import { gatewayHostProblem, gatewayHostsProblem } from '../constructs/federation/plan/internal';
import { repeatProblems } from '../constructs/problems';
import { checked } from './checked';

/** All ways. */
export const CROSSINGS = ['internet', 'given', 'peering', 'privatelink'] as const;
/** One of `CROSSINGS`. */
export type Crossing = (typeof CROSSINGS)[number];

const oneAddress = checked(gatewayHostProblem);

/** A host name or an IP address by which others reach a gateway, or several of them. */
export const gatewayAddress = z.union([
  oneAddress,
  z
    .array(oneAddress)
    .min(1)
    .max(16)
    .superRefine((all, context) => {
      for (const { path, message } of repeatProblems([], all)) {
        context.addIssue({ code: 'custom', path: [...path], message });
      }
      const message = gatewayHostsProblem(all);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    }),
]);

/** Whether a way is made here, between VPCs. */
export function isPrivateConnection(way: Crossing): way is 'peering' | 'privatelink' {
  return way === 'peering' || way === 'privatelink';
}
