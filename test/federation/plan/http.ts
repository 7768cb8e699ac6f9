/** An HTTP request as far as policies look at it; the path has no query. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
}

/** What a caller sends: a request, or bytes that nobody looks into. */
export type Sent = HttpRequest | 'bytes';
