export type { KnownGateway } from './clash-problems';
export {
  type CompileProps,
  compilePolicy,
  consulGatewayPorts,
  consulServiceAccounts,
  policyProblems,
} from './compile';
export {
  type AccessLine,
  type BorderLine,
  type Enforcement,
  explain,
  explainBorders,
} from './explain';
export { MeshAccess, type MeshAccessProps } from './mesh-access';
export * from './model';
export * from './plan';
export type {
  Anyone,
  Call,
  ConsulServiceFacts,
  CrossCall,
  IstioServiceFacts,
  Service,
} from './resolve';
