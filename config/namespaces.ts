import { z } from 'zod';
import { namespaceListProblems } from '../constructs/kubernetes/workload-namespace';
import { whenChanged } from './change';
import { dnsLabel } from './formats';
import { report } from './problems';

/** Namespaces whose pods never belong to an application; each with whose it is. */
const RESERVED_NAMESPACES: Readonly<Record<string, string>> = {
  'istio-system': "Istio's own",
  'istio-ingress': "that of Istio's gateway",
  consul: "Consul's own",
  linkerd: "Linkerd's own",
  'mesh-federation': "the federation's own",
};

/** Whose a namespace is that no application may have. */
export function ownerOf(namespace: string): string | undefined {
  // https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/ keeps the prefix.
  return namespace.startsWith('kube-') ? "Kubernetes' own" : RESERVED_NAMESPACES[namespace];
}

/** A namespace that applications may have. */
export const workloadNamespace = dnsLabel.superRefine((name, context) => {
  const whose = ownerOf(name);
  if (whose === undefined) return;
  const message = `must be one for applications, and ${name} is ${whose}`;
  context.addIssue({ code: 'custom', message });
});

/** Namespaces of a mesh. */
export const namespaces = z
  .array(
    z.strictObject({
      name: workloadNamespace
        .describe('Name of the namespace.')
        .meta(
          whenChanged('refused', 'where the former one was made here; add the other beside it'),
        ),
      existing: z
        .boolean()
        .optional()
        .describe('Whether it is there already and stays on destroy. Default: for "default" only.')
        .meta(whenChanged('refused', 'in either direction, for a namespace that is there')),
    }),
  )
  .min(1)
  .superRefine((list, context) => {
    report(context, namespaceListProblems([], list));
  })
  .default([{ name: 'default' }]);
