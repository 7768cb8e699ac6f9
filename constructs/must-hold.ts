/** What Terraform checks of a resource or of what it has read. */
interface MustHold {
  readonly postcondition: { readonly condition: string; readonly errorMessage: string }[];
}

/**
 * A `lifecycle` by which a deploy stops, unless this holds of what was read or made.
 *
 * @param condition Expression of Terraform's, without `${}`, in which that is `self`.
 */
export function mustHold(condition: string, errorMessage: string): MustHold {
  return { postcondition: [{ condition: `\${${condition}}`, errorMessage }] };
}
