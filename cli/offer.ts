/**
 * `npm run offer` writes what the owner of a mesh sends to the owner of another, who deploys the other half
 * of a federation.
 */
import '../support/synth/lean-dependencies.cjs';
import { readFileSync, writeFileSync } from 'node:fs';
import { offerOf, offerText } from '../constructs/federation/plan';
import { readRoots } from '../constructs/federation/plan/roots-file';
import { authoritiesIn } from '../constructs/kubernetes/certificates';
import { policyAndPlan } from '../support/policy/access-plan';
import { EXIT, runProgram, UserError } from '../support/terminal/user-error';
import { newCommand } from './command';

interface Options {
  readonly mesh: string;
  readonly partner?: readonly string[];
  readonly gateway: string;
  readonly roots: string;
  readonly endpoint?: string;
  readonly endpointAuthority?: string;
  readonly output?: string;
}

export const command = newCommand('offer', 'offer', [
  [
    '--mesh istio --gateway mesh.example.com --roots roots.pem --output istio.offer.json',
    'for the owner of the other mesh',
  ],
])
  .description(
    'Writes what the owner of a mesh sends to the owner of the other one, so that each deploys its half: ' +
      'facts, roots, address, and what the access policy says about calls between the two. Nothing in it ' +
      'is secret. Deploys nothing.',
  )
  .requiredOption('--mesh <mesh>', 'the mesh that is yours, by its name in `meshes`')
  .option(
    '--partner <mesh...>',
    'the meshes of whoever gets it: it says nothing about calls with others (default: all others)',
  )
  .requiredOption(
    '--gateway <address>',
    'host name or IP address by which others reach its gateway',
  )
  .requiredOption('--roots <file>', 'PEM file with its roots')
  .option(
    '--endpoint <url>',
    'https address of a SPIFFE bundle endpoint, or of PEM, with its roots',
  )
  .option(
    '--endpoint-authority <file>',
    "PEM file with the authority of that address's server, where not everybody trusts it",
  )
  .option('--output <file>', 'write it there')
  .action((options: Options) =>
    runProgram(() => {
      const text = offer(options);
      if (options.output === undefined) process.stdout.write(text);
      else writeFileSync(options.output, text);
      return EXIT.right;
    }),
  );

function offer({ mesh, partner, gateway, roots, endpoint, endpointAuthority }: Options): string {
  if (endpointAuthority !== undefined && endpoint === undefined) {
    throw new UserError('--endpoint-authority: says nothing without --endpoint; add it');
  }
  const { policy, plan } = policyAndPlan();
  const member = plan.meshes[mesh];
  if (member === undefined) {
    throw new UserError(
      `--mesh: there is no mesh "${mesh}"; there are: ${Object.keys(plan.meshes).join(', ')}`,
    );
  }
  return offerText(
    offerOf({
      policy,
      mesh,
      partners: partner,
      member,
      gateway,
      roots: orUserError('--roots', () => readRoots(roots)),
      endpoint:
        endpoint === undefined
          ? undefined
          : {
              url: endpoint,
              ...(endpointAuthority === undefined
                ? {}
                : { authority: authorityIn(endpointAuthority) }),
            },
    }),
  );
}

function authorityIn(file: string): string {
  const authority = orUserError('--endpoint-authority', () => authoritiesIn(readFileSync(file)));
  if (authority === undefined) {
    throw new UserError(`--endpoint-authority: ${file} has no certificate; must be a PEM file`);
  }
  return authority;
}

function orUserError<Result>(option: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new UserError(`${option}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
