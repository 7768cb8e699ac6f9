import { Annotations, type IAspect, TerraformStack } from 'cdktf';
import type { IConstruct } from 'constructs';
import { refuse } from '../problems';
import { AWS_RULES } from './aws-rules';
import { KUBERNETES_RULES } from './kubernetes-rules';
import { MESH_RULES } from './mesh-rules';
import { resourcesBelow } from './resource';
import { type GuardrailRule, namesOf } from './rule';
import { type GuardrailWaiver, isWaived, waiverProblems } from './waiver';

/** All rules of this package. */
export const GUARDRAIL_RULES: readonly GuardrailRule[] = [
  ...AWS_RULES,
  ...KUBERNETES_RULES,
  ...MESH_RULES,
];

/** Something that a rule asks for and that is not so. */
export interface GuardrailFinding {
  /** The rule that was broken. */
  readonly rule: GuardrailRule;
  /** Path of the construct. */
  readonly path: string;
  /** Type of the resource, such as `aws_eks_cluster`. */
  readonly type: string;
  /** What is wrong, and what would be right. */
  readonly message: string;
  /**
   * The exception that was made for it, with its reason.
   * @default nobody made one
   */
  readonly waiver?: GuardrailWaiver;
}

/** Settings of `Guardrails`. */
export interface GuardrailsProps {
  /**
   * Findings that somebody wants to be so, and why.
   * @default none
   */
  readonly waivers?: readonly GuardrailWaiver[];
  /**
   * The rules that every stack has to keep.
   * @default `GUARDRAIL_RULES`
   */
  readonly rules?: readonly GuardrailRule[];
}

/**
 * Judges all resources of the stacks that it guards, at the end of a synthesis, and refuses it with all
 * that it found, in all of them at once. What was waived becomes a note of the synthesis.
 *
 * An aspect of a stack: `Aspects.of(stack).add(new Guardrails())`. CDK for Terraform never calls an
 * aspect of an App, so all stacks of one are guarded by `guard`.
 *
 * @throws Error when a waiver names no rule, gives no reason, or is there twice. At the end of the
 * synthesis: Error listing all findings, and the waivers that nothing needs.
 */
export class Guardrails implements IAspect {
  private readonly waivers: readonly GuardrailWaiver[];
  private readonly rules: readonly GuardrailRule[];
  private readonly scopes = new Set<IConstruct>();
  private readonly roots = new Set<IConstruct>();

  public constructor({ waivers = [], rules = GUARDRAIL_RULES }: GuardrailsProps = {}) {
    this.waivers = waivers;
    this.rules = rules;
    refuse('Guardrails', waiverProblems(waivers, rules));
  }

  /**
   * Guards all stacks of an app or below another construct, those that are made later too. Call it when
   * they are there: waivers that later ones need are not noted.
   */
  public guard(scope: IConstruct): this {
    stacksBelow(scope).forEach((stack) => this.visit(stack));
    this.scopes.add(scope);
    this.refuseAtEnd(scope);
    return this;
  }

  /** Called by CDK for Terraform for each construct of a stack. */
  public visit(node: IConstruct): void {
    if (!TerraformStack.isStack(node) || this.scopes.has(node)) return;
    this.scopes.add(node);
    // Other aspects may still change what is visited later, so all is judged when they are through.
    node.node.addValidation({ validate: () => this.noteWaived(node) });
    this.refuseAtEnd(node);
  }

  /** What is found below a construct now, waived or not. */
  public findings(scope: IConstruct): readonly GuardrailFinding[] {
    const resources = resourcesBelow(scope);
    return resources.flatMap((resource) => {
      const all = resources.filter(
        ({ construct }) => TerraformStack.of(construct) === TerraformStack.of(resource.construct),
      );
      return this.rules.flatMap((rule) =>
        rule.check(resource, all).map((message) => ({
          rule,
          path: resource.path,
          type: resource.type,
          message,
          waiver: this.waivers.find((waiver) => isWaived(waiver, namesOf(rule), resource.path)),
        })),
      );
    });
  }

  private noteWaived(stack: TerraformStack): string[] {
    for (const { rule, path, waiver } of this.findings(stack)) {
      if (waiver === undefined) continue;
      Annotations.of(stack).addInfo(`${rule.id} is waived at ${path}: ${waiver.reason}`);
    }
    return [];
  }

  private refuseAtEnd({ node: { root } }: IConstruct): void {
    if (this.roots.has(root)) return;
    this.roots.add(root);
    root.node.addValidation({ validate: () => this.mistakes() });
  }

  private mistakes(): string[] {
    const stacks = new Set([...this.scopes].flatMap(stacksBelow));
    const findings = [...stacks].flatMap((stack) => this.findings(stack));
    const needed = new Set(findings.map(({ waiver }) => waiver));
    return [
      ...findings.filter(({ waiver }) => waiver === undefined).map(formatFinding),
      ...this.waivers
        .filter((waiver) => !needed.has(waiver))
        .map(({ rule, at }) => `the waiver of ${rule} at ${at} is needed by nothing; take it out`),
    ];
  }
}

function stacksBelow(scope: IConstruct): readonly TerraformStack[] {
  return scope.node.findAll().filter((node) => TerraformStack.isStack(node));
}

/**
 * Writes a finding as one line:
 * `shop/cluster (aws_eks_cluster): what is wrong; what would be right [eks-all-logs, CKV_AWS_37]`.
 */
export function formatFinding({ rule, path, type, message }: GuardrailFinding): string {
  return `${path} (${type}): ${message} [${namesOf(rule).join(', ')}]`;
}
