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
   * Number of pods of each border. With one, each change interrupts.
   * @default 2
   */
  readonly replicas?: number;
  /**
   * Whether it listens on IPv6 too. Turn it off for nodes whose kernel has none (`ipv6.disable=1`), where
   * Envoy would not start.
   * @default true
   */
  readonly ipv6?: boolean;
  /**
   * Fingerprints of roots that are never trusted, of which the exchange of roots keeps its bundles free.
   * A change rolls the pods, which ends the connections that such a root has vouched for.
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
