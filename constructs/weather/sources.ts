import { readdirSync } from 'node:fs';
import { AssetType, TerraformAsset } from 'cdktf';
import { Construct } from 'constructs';
import { packageFile } from '../package-files';

/** The three services of the weather application. */
export type WeatherServiceName = 'frontend' | 'backend' | 'info';

/**
 * The source files of a service, for a ConfigMap and its volume: its own and those that all share. They
 * are copied into the synthesised output.
 */
export class ServiceSources extends Construct {
  /** Content by key, which is a path with its slash replaced, since a key has none. */
  public readonly data: Readonly<Record<string, string>>;
  /** Keys of the files, each with its path in a volume. */
  public readonly items: readonly { readonly key: string; readonly path: string }[];
  /** Changes when a file does. */
  public readonly digest: string;

  public constructor(scope: Construct, id: string, service: WeatherServiceName) {
    super(scope, id);
    const folders = ['shared', service].map((name) => ({
      name,
      asset: new TerraformAsset(this, name, {
        path: packageFile('weather', name),
        type: AssetType.DIRECTORY,
      }),
      files: readdirSync(packageFile('weather', name)).sort(),
    }));
    const sources = folders.flatMap(({ name, asset, files }) =>
      files.map((file) => ({
        path: `${name}/${file}`,
        // Not secret: or a plan would print each line of it.
        content: `\${sensitive(file("\${path.module}/${asset.path}/${file}"))}`,
      })),
    );
    const entries = [
      ...sources,
      // Or Node.js would have to find out that the files are ES modules.
      { path: 'package.json', content: '{"type":"module"}' },
    ].map((entry) => ({ ...entry, key: entry.path.replace('/', '.') }));
    this.data = Object.fromEntries(entries.map(({ key, content }) => [key, content]));
    this.items = entries.map(({ key, path }) => ({ key, path }));
    this.digest = folders.map(({ asset }) => asset.assetHash.slice(0, 8)).join('-');
  }
}
