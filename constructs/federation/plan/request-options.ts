/**
 * What becomes of request headers whose name has an underscore, which many frameworks read as a hyphen:
 * `drop` takes the header away, `refuse` answers the request with 400, `pass` lets it through but for the
 * spellings of headers that end at a border.
 */
export type UnderscoreHeaders = 'drop' | 'refuse' | 'pass';

/**
 * How borders treat HTTP requests. Envoy's HTTP connection manager is told all of it
 * (`httpConnectionManager` in `envoy/http.ts`), and nothing on the way there knows a single option.
 */
export interface RequestOptions {
  /**
   * What becomes of request headers whose name has an underscore. What is dropped is counted as
   * `dropped_headers_with_underscores`.
   * @default 'drop'
   */
  readonly headersWithUnderscores?: UnderscoreHeaders;
}
