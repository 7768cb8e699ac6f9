/**
 * Whether `terraform init` failed because a provider is to be had nowhere, which is no fault of what it was
 * to set up.
 *
 * @param output What it printed.
 */
export function isWithoutProviders(output: string): boolean {
  return /Failed to query available provider packages|Failed to install provider/.test(output);
}
