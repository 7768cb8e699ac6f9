export * from './mesh';
export * from './policy';
export * from './reference';
