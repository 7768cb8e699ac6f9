/** An API server as a program reaches it that has no kubeconfig. Nothing here is secret. */
export interface ApiServer {
  /** `https://host` or `https://host:port`, with a path where the server is below one. */
  readonly address: string;
  /**
   * Name that its certificate must have.
   * @default the host's
   */
  readonly serverName?: string;
  /**
   * PEM of the authority that signed its certificate.
   * @default one that every machine trusts
   */
  readonly certificateAuthority?: string;
  /**
   * Why Terraform reaches it and pods of other clusters do not, or must not: "is reached through a proxy".
   * @default they do
   */
  readonly notForPods?: string;
}

/** Whether an address leads to the machine that uses it, whichever that is. */
export function isLoopback(address: string): boolean {
  // One that is no address is another mistake.
  if (!URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  return /^(localhost|.*\.localhost|127\.[\d.]+|0\.0\.0\.0|\[::1?\])$/.test(hostname);
}
