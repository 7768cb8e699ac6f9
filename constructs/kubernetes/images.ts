/**
 * Node.js for the small programs that the project runs in the clusters (weather services, bundle
 * jobs): the stock image, by the digest of its multi-architecture index. This version runs TypeScript
 * files as they are, without types being checked.
 * @see https://nodejs.org/docs/latest-v24.x/api/typescript.html#type-stripping
 */
export const NODE_IMAGE =
  'docker.io/library/node:24.11.0-alpine3.22@sha256:d2062677e6d878d3943bd6dd7e9790e22133d69bec957e43b0ab9f350d195968';
