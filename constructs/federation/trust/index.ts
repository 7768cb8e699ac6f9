export * from './authority';
export * from './exchange';
export { type BundleNeed, bundleNeeds } from './needs';
