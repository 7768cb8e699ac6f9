export * from './border';
export * from './custom-resources';
export * from './federation';
export { plannedResources } from './planned-resources';
export * from './policy';
export * from './resources';
export * from './routing';
export * from './trust';
