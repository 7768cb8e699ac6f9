export {
  formatFinding,
  GUARDRAIL_RULES,
  type GuardrailFinding,
  Guardrails,
  type GuardrailsProps,
} from './guardrails';
export type { GuardedResource } from './resource';
export type { GuardrailRule } from './rule';
export type { GuardrailWaiver } from './waiver';
