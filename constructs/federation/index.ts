export type { Problem } from '../problems';
export * from './deploy';
export * from './plan';
