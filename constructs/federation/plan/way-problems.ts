import type { Problem } from '../../problems';
import type { AccessPolicy } from './model';
import { chosenWayIn } from './resolve';

/** What is wrong with how calls are said to have gone before. */
export function wayProblems({ meshes }: AccessPolicy): Problem[] {
  return Object.entries(meshes).flatMap(([name, mesh]): Problem[] => {
    const from = 'inFrom' in mesh ? mesh.inFrom : undefined;
    // Between meshes of one cluster the default is another than between others.
    const now = chosenWayIn(mesh) ?? (mesh.cluster === undefined ? 'gateway' : undefined);
    return from === undefined || from !== now
      ? []
      : [{ path: ['meshes', name, 'inFrom'], message: sameWay(from, 'in') }];
  });
}

function sameWay(way: string, setting: string): string {
  return `is ${way}, as ${setting} is; take it out, or say what ${setting} was before`;
}
