import { imageReference, NODE } from '../../versions';

/**
 * Node.js for the small programs that the project runs in the clusters (weather services, bundle
 * jobs): the stock image, by the digest of its multi-architecture index. This version runs TypeScript
 * files as they are, without types being checked.
 * @see https://nodejs.org/docs/latest-v24.x/api/typescript.html#type-stripping
 */
export const NODE_IMAGE = imageReference(NODE);
