export * from './cluster-id';
export * from './mesh';
export * from './policy';
export * from './reference';
export * from './servers';
export * from './servers-ca';
