import { Fn, Token } from 'cdktf';
import type { Construct } from 'constructs';
import { TerraformData } from './terraform-data';

/** What a thing was made with. */
export interface MadeWithProps {
  /** The thing, as a sentence about it begins: `The cluster mesh`. */
  readonly what: string;
  /** What it is made with, by the name of the setting: known at synthesis, or at least at each plan. */
  readonly settings: Readonly<Record<string, string>>;
  /**
   * What another value would do, as a sentence.
   * @default that it destroys the thing
   */
  readonly because?: string;
  /** The way to have another value all the same, as a sentence. */
  readonly otherwise: string;
  /**
   * A change of this lets it learn the values anew.
   * @default it never does
   */
  readonly forgottenWith?: TerraformData;
}

/**
 * Remembers, in the state, with what a thing was made, and refuses the plan that would make it anew of
 * something else: AWS cannot change these settings, so a deploy would destroy what runs.
 *
 * Terraform still destroys it, and then makes it with anything.
 */
export class MadeWith extends TerraformData {
  public constructor(scope: Construct, id: string, props: MadeWithProps) {
    const entries = Object.entries(props.settings);
    const because = props.because ?? 'Another value would destroy it, and all that runs in it.';
    super(scope, id, {
      input: Object.fromEntries(entries.map(([name, value]) => [keyOf(name), value])),
      lifecycle: {
        ignoreChanges: ['input'],
        replaceTriggeredBy: props.forgottenWith && [
          `${props.forgottenWith.terraformResourceType}.${props.forgottenWith.friendlyUniqueId}`,
        ],
        postcondition: entries.map(([name, value]) => {
          // A setting that this project learnt to keep later is not in an older state.
          const now = quoted(value);
          const kept = `try(self.input.${keyOf(name)}, ${now})`;
          return {
            condition: `\${${kept} == ${now}}`,
            errorMessage:
              `${props.what} was made with ${name} \${${kept}}, which is now ${value}. ${because} ` +
              `Nothing was changed: set it back. ${props.otherwise}`,
          };
        }),
      },
    });
  }

  /** The value that was kept first, for an expression. It is known at every plan. */
  public first(name: string): string {
    return this.interpolationForAttribute(`input.${keyOf(name)}`).toString();
  }
}

/** `clusters.istio.name` as the name of an attribute. */
function keyOf(name: string): string {
  return name.replace(/[^0-9A-Za-z]+/g, '_');
}

/**
 * In an expression. cdktf writes a reference bare there, also within quotes, where it would be no more
 * than its own name; an argument of a function is written as it should.
 */
function quoted(text: string): string {
  return Token.isUnresolved(text) ? Fn.join('', [text]) : JSON.stringify(text);
}
