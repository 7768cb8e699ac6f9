export { formatFinding, GUARDRAIL_RULES, Guardrails } from './guardrails';
export type { GuardrailFinding, GuardrailsProps } from './guardrails';
export type { GuardedResource } from './resource';
export type { GuardrailRule } from './rule';
export type { GuardrailWaiver } from './waiver';
