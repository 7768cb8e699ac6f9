/** `npm run deploy` runs `cdktf deploy`, and lets Terraform end in order when it is interrupted. */
import { Option } from 'commander';
import { cdktfCommand } from './run-cdktf';

export const command = cdktfCommand('deploy', 'Deploys', 'istio-mesh consul-mesh', [
  new Option('--refresh-only', 'change states only, to what is there'),
  new Option('--outputs-file <file>', 'write the outputs of the stacks as JSON'),
  new Option('--outputs-file-include-sensitive-outputs', 'with those that are secret'),
]);
