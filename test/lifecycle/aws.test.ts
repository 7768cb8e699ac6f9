import { AWS_BASE, AWS_CHANGES } from './changes';
import { itDoesWhatIsDeclared } from './declared';

// Each setting of the AWS pair is changed once, and what the stacks make of it is compared.

itDoesWhatIsDeclared(AWS_BASE, AWS_CHANGES, [
  'consul-cluster',
  'istio-workloads',
  'consul-workloads',
  'federation',
]);
