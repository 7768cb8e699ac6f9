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
  const ofBorders = Object.values<Block>(data).find(
    ({ label_selector: selector }) => selector === `mesh-federation/borders-of=${mesh}`,
  ) as { lifecycle: { postcondition: [{ condition: string; error_message: string }] } } | undefined;
  const there = Object.values<Block>(data).find(({ kind }) => kind === 'Deployment');
  return { ...ofBorders?.lifecycle.postcondition[0], lookedAt: there?.['namespace'] };
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
    const { condition, error_message: message, lookedAt } = check(mesh, { namespace: 'other' });
    expect(lookedAt).toBe('other');
    const names = mesh === 'istio' ? ['info-border'] : ['backend-inbound', 'backend-outbound'];
    for (const name of names) expect(condition).toContain(`"${name}"`);
    expect(condition).toMatch(/!contains\(\["other"\], o\.metadata\.name\)\]\) == 0 \|\| /);
    expect(condition).toMatch(
      /length\(setsubtract\(\[.*\], .*\.objects\[\*\]\.metadata\.name\)\) == 0/,
    );
    expect(message).toMatch(/would delete the namespace.*federation\.borders\.movedFrom/);
  });

  it('is not asked about while both are the borders', () => {
    const { condition } = check(mesh, { namespace: 'other', movedFrom: 'federation-borders' });
    expect(condition).toContain('!contains(["other","federation-borders"], o.metadata.name)');
  });
});
