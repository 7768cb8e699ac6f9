import { createHash } from 'node:crypto';
import { JobV1 } from '@cdktf/provider-kubernetes/lib/job-v1';
import {
  DefaultTokenResolver,
  type ITerraformDependable,
  StringConcat,
  type TerraformProvider,
  Tokenization,
} from 'cdktf';
import type { Construct } from 'constructs';
import { LABEL_LENGTH } from '../../../dns-names';
import { type JobPodProps, jobSpec } from './job-pod';

/** Settings of `firstRun`. */
export interface FirstRunProps {
  readonly namespace: string;
  /** Start of its name. */
  readonly name: string;
  readonly job: JobPodProps;
  /** How long Terraform waits for it, such as `10m`. */
  readonly timeout: string;
  readonly dependsOn: readonly ITerraformDependable[];
  readonly provider?: TerraformProvider;
}

/**
 * A run that Terraform waits for. Kubernetes keeps the pod of a Job as it was made, and the provider
 * plans a change of it that it never sends. So a Job with another pod gets another name, which makes it
 * a new one that runs.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/ "Mutable Scheduling Directives"
 */
export function firstRun(scope: Construct, id: string, props: FirstRunProps): JobV1 {
  const { namespace, name, job, timeout, dependsOn, provider } = props;
  const spec = jobSpec(job);
  const resolver = new DefaultTokenResolver(new StringConcat());
  const content = JSON.stringify(Tokenization.resolve(spec, { scope, resolver, preparing: false }));
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  // Kubernetes labels the pods of a Job with its name.
  const start = name.slice(0, LABEL_LENGTH - hash.length - 1);
  return new JobV1(scope, id, {
    metadata: { namespace, name: `${start}-${hash}` },
    spec,
    waitForCompletion: true,
    timeouts: { create: timeout, update: timeout },
    dependsOn: [...dependsOn],
    provider,
  });
}
