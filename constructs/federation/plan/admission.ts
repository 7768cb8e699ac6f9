import type { CrossCall } from './services';

/** A request by which a rule is tried. */
export interface TriedRequest {
  /** Method in capitals, such as GET. */
  readonly method: string;
  /** Path without a query, such as `/api/info`. */
  readonly path: string;
}

/** Requests by which a rule can be tried: one of each of its permissions; none of `tcp`. */
export function tried({ callee, allow }: CrossCall): readonly TriedRequest[] {
  if (callee.protocol === 'tcp') return [];
  return (allow.length === 0 ? [{}] : allow).map(({ methods, pathExact, pathPrefix }) => ({
    method: methods?.[0] ?? 'GET',
    path: pathExact ?? pathPrefix ?? '/',
  }));
}

/** Who must get in. What that takes is for the mesh to say. */
export interface Admission {
  /** Namespace of the pods. */
  readonly namespace: string;
  /** Labels of the pods, where policies choose by them. */
  readonly labels: Readonly<Record<string, string>>;
  /** The service, where policies choose by its name. */
  readonly destination: string;
  /** The caller, as the mesh's policies name it. */
  readonly source: string;
  /**
   * Port of the pods that it calls, where it is known.
   * @default not known
   */
  readonly port?: number;
  /**
   * Of a TLS connection that is passed on.
   * @default none: no TLS is passed on
   */
  readonly serverName?: string;
  /** Requests that must pass; none where the connection is all that is judged. */
  readonly requests: readonly TriedRequest[];
}
