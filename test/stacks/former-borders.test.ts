import { describe, expect, it } from '@jest/globals';
import { Testing } from 'cdktf';
import { defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { type Block, resources, stackOf, synthesise } from '../helpers/synth';

/** The mesh's stack, with the borders' settings. */
function meshStack(mesh: string, borders: Readonly<Record<string, string>> = {}) {
  const app = Testing.app();
  const eks = { endpoint: { publicCidrs: ['203.0.113.7/32'] } };
  addStacks(app, defineConfig({ eks, federation: { borders } }).config);
  return stackOf(app, `${mesh}-mesh`);
}

/** The namespaces that it makes, with their labels. */
function made(mesh: string, borders?: Readonly<Record<string, string>>) {
  const all = resources(meshStack(mesh, borders), 'kubernetes_namespace_v1');
  return new Map(
    Object.values(all).map(({ metadata }) => {
      const { name, labels } = metadata as {
        name: string;
        labels?: Readonly<Record<string, string>>;
      };
      return [name, Object.keys(labels ?? {})];
    }),
  );
}

/** The check of the namespaces that borders left. */
function check(mesh: string, borders?: Readonly<Record<string, string>>) {
  const data = synthesise(meshStack(mesh, borders)).data?.['kubernetes_resources'] ?? {};
  const all = Object.entries<Block>(data);
  const [left] = all.find(
    ([, { label_selector: selector }]) => selector === `mesh-federation/borders-of=${mesh}`,
  ) ?? [''];
  const there = all.find(([, { kind }]) => kind === 'Deployment')?.[1] as
    | {
        readonly count: string;
        readonly namespace: string;
        readonly lifecycle: {
          readonly postcondition: [{ readonly condition: string; readonly error_message: string }];
        };
      }
    | undefined;
  return { ...there, ...there?.lifecycle.postcondition[0], left };
}

describe.each(['istio', 'consul'])('The namespace of the borders of %s', (mesh) => {
  it('goes when they have moved, and one of workloads does not', () => {
    const guard = 'mesh-federation/made-for';
    expect(made(mesh).get('federation-borders')).toContain('mesh-federation/borders-of');
    expect(made(mesh).get('federation-borders')).not.toContain(guard);
    const moving = made(mesh, { namespace: 'other', movedFrom: 'federation-borders' });
    expect([...moving.keys()]).toEqual(expect.arrayContaining(['other', 'federation-borders']));
    const moved = made(mesh, { namespace: 'other' });
    expect([...moved.keys()]).toContain('other');
    expect([...moved.keys()]).not.toContain('federation-borders');
  });

  it('stays while one of them is not in the other namespace', () => {
    const made = check(mesh, { namespace: 'other' });
    const { condition, count, error_message: message, left, namespace } = made;
    expect(namespace).toBe('other');
    const names = mesh === 'istio' ? ['info-border'] : ['backend-inbound', 'backend-outbound'];
    for (const name of names) expect(condition).toContain(`"${name}"`);
    // Nothing is read, and nothing checked, where no namespace goes.
    expect(count).toBe(
      `\${length([for o in data.kubernetes_resources.${left}.objects : o.metadata.name if !contains(["other"], o.metadata.name)]) == 0 ? 0 : 1}`,
    );
    expect(condition).toMatch(
      /^\$\{length\(setsubtract\(\[.*\], self\.objects\[\*\]\.metadata\.name\)\) == 0\}$/,
    );
    expect(message).toMatch(/would delete the namespace.*federation\.borders\.movedFrom/);
  });

  it('is not asked about while both are the borders', () => {
    const { count } = check(mesh, { namespace: 'other', movedFrom: 'federation-borders' });
    expect(count).toContain('!contains(["other","federation-borders"], o.metadata.name)');
  });
});
