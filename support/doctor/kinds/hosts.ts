/** Whether a host is the one that is named, or has the end that a wildcard names: `*.example.com`, or `*` for all. */
export function fitsHost(pattern: string, host: string): boolean {
  return (
    pattern === '*' ||
    pattern === host ||
    (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)))
  );
}
