import { itDoesWhatIsDeclared } from './declared';
import { LINKERD_BASE, LINKERD_CHANGES } from './linkerd-changes';

// Each setting of a Linkerd mesh is changed once, and what the stacks make of it is compared.

itDoesWhatIsDeclared(LINKERD_BASE, LINKERD_CHANGES, ['linkerd-cluster', 'consul-cluster']);
