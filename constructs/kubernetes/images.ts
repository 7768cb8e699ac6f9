import { imageReference, NODE } from '../../versions';
import type { Problem } from '../problems';

/**
 * Node.js for the small programs that the project runs in the clusters (weather services, bundle
 * jobs): the stock image, by the digest of its multi-architecture index. This version runs TypeScript
 * files as they are, without types being checked.
 * @see https://nodejs.org/docs/latest-v24.x/api/typescript.html#type-stripping
 */
export const NODE_IMAGE = imageReference(NODE);

/**
 * A full reference of an image.
 * @see https://github.com/distribution/reference/blob/v0.6.0/reference.go
 */
export const IMAGE_REFERENCE =
  /^([0-9A-Za-z][-0-9A-Za-z.]*|\[[0-9a-fA-F:]+\])(:\d+)?(\/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)+(:\w[\w.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$/;

/** What an image must be called by. */
export const IMAGE_RULE = 'must be a full reference: registry/name@sha256:... or registry/name:tag';

/** What is wrong with the reference of an image; nothing where it is left out. */
export function imageProblems(path: Problem['path'], image: string | undefined): Problem[] {
  return image === undefined || IMAGE_REFERENCE.test(image)
    ? []
    : [{ path, message: `is "${image}"; ${IMAGE_RULE}` }];
}
