import { imageProblems } from '../../kubernetes/images';
import { type Range, rangeProblems } from '../../kubernetes/name-problems';
import { type Problem, within } from '../../problems';
import type { BorderImages } from './border-images';
import { type BorderLimits, limitProblems } from './border-limits';
import type { RequestOptions } from './request-options';

/** Pods of a border. */
export const DEFAULT_REPLICAS = 2;

/** How many they may be. */
export const REPLICAS: Range = { min: 1, max: 100 };

/** What all borders of a federation have in common. */
export interface BorderOptions extends RequestOptions {
  /** @default the project's own, from their public registries */
  readonly images?: BorderImages;
  /** @default see `BorderLimits` */
  readonly limits?: BorderLimits;
  /**
   * Number of pods of each border. With a single pod, every change interrupts calls.
   * @default 2
   */
  readonly replicas?: number;
  /**
   * Whether it also listens on IPv6. Set it to false for nodes whose kernel has no IPv6 (`ipv6.disable=1`):
   * Envoy would not start there.
   * @default true
   */
  readonly ipv6?: boolean;
  /**
   * Fingerprints of roots that are never trusted. The exchange of roots keeps them out of its bundles. A change
   * restarts the pods, which ends the connections that depend on such a root.
   * @default none
   */
  readonly distrusted?: readonly string[];
}

/** What is wrong with what borders have in common. */
export function borderOptionProblems({
  images = {},
  limits,
  replicas,
}: Pick<BorderOptions, 'images' | 'limits' | 'replicas'>): Problem[] {
  return [
    ...rangeProblems(['replicas'], replicas, REPLICAS),
    ...limitProblems(limits).map((problem) => within(['limits'], problem)),
    ...Object.entries<string | undefined>({ ...images }).flatMap(([name, image]) =>
      imageProblems(['images', name], image),
    ),
  ];
}
