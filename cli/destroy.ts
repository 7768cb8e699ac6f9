/** `npm run destroy` runs `cdktf destroy`, and lets Terraform end in order when it is interrupted. */
import { cdktfCommand } from './run-cdktf';

export const command = cdktfCommand('destroy', 'Destroys', 'federation');
