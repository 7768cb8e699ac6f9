/**
 * Whether a text holds a token of cdktf: what Terraform fills in while it deploys, and nobody can judge before.
 * `Token.isUnresolved` says the same, but settings are judged where cdktf, which takes longer to load than they
 * to be read, is not needed.
 */
export function isUnresolved(text: string): boolean {
  return /\$\{TfToken\[[\w:.-]+\]\}/.test(text);
}

/** The same of a number, which cdktf writes as one that nobody means. */
export function isUnresolvedNumber(value: number): boolean {
  return Number.isFinite(value) && value < -1e288;
}
