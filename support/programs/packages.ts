import { devDependencies, peerDependencies } from '../../package.json';
import { installedManifest } from '../paths';

/** The npm packages that a deploy takes from the user's project, in the versions that this was tried with. */
const NEEDED = Object.entries(devDependencies).filter(
  ([name]) => name === 'cdktf-cli' || name in peerDependencies,
);

/** Those that are not installed, as `npm install` takes them. */
export function missingPackages(): string[] {
  return NEEDED.filter(([name]) => installedManifest(name) === undefined).map(
    ([name, version]) => `${name}@${version}`,
  );
}

/** What to do about code of a package that is not installed. @returns nothing for another error */
export function missingPackage(error: unknown): string | undefined {
  const [, name] =
    (error instanceof Error && /^Cannot find module '((?:@[^/']+\/)?[^/']+)/.exec(error.message)) ||
    [];
  if (!NEEDED.some(([needed]) => needed === name)) return undefined;
  return `${name} is not installed, which this needs.\nnpm install --save-exact ${missingPackages().join(' ')}`;
}
