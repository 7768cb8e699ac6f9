export * from './border';
export * from './custom-resources';
export * from './federation';
export { plannedResources } from './planned-resources';
export * from './policy';
export type { FederationResource, PlannedResource } from './resources';
export * from './routing';
export type { Problem } from '../problems';
export * from './trust';
