import { itDoesWhatIsDeclared } from './declared';
import { isPolicy, MESH_BASE, MESH_CHANGES } from './mesh-changes';

// Each setting of the policy, the federation and the application is changed once, and what the stacks make of it is compared.

const changes = Object.entries(MESH_CHANGES).filter(([path]) => isPolicy(path));

itDoesWhatIsDeclared(MESH_BASE, Object.fromEntries(changes), ['istio-cluster', 'consul-cluster']);
