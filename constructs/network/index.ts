export { existingNetwork, Network } from './network';
export type { ExistingNetwork, FlowLogSettings, NetworkAttributes, NetworkProps } from './props';
