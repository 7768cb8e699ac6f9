/**
 * What cannot be the name of a file; whether there is one is for whoever reads it.
 *
 * @param example such as roots.pem
 */
export function fileNameProblem(text: string, example: string): string | undefined {
  if (text.trim() === '')
    return `is empty; must be the path of a file, such as ${example}, or be left out`;
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
    ? `is ${text}, but a file is needed; fetch it, and write the path of the file, such as ${example}`
    : undefined;
}
