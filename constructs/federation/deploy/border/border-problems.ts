import type { Problem } from '../../../problems';
import { borderOptionProblems } from '../../plan/border-options';
import { kindOf } from '../../plan/meshes';
import { spireId } from '../../plan/spire';
import { deployedKindOf } from '../meshes';
import type { BorderProps } from './border-props';

/** What is wrong with the props of a border. */
export function borderProblems(props: BorderProps): Problem[] {
  const { border, mesh: member, gatewayAddress } = props;
  const { name, namespace, serviceAccount, identity } = border;
  const here = kindOf(member).borderIdentity(member, namespace, serviceAccount);
  const { spire } = member;
  const shown = spire === undefined ? here : spireId(spire, namespace, serviceAccount);
  return [
    ...(here === identity
      ? []
      : [
          {
            path: ['mesh'],
            message: `would make the border ${name} ${here}, which was planned as ${identity}; give the mesh ${border.mesh} of the plan`,
          },
        ]),
    ...(here !== identity || shown === border.crossingIdentity
      ? []
      : [
          {
            path: ['mesh', 'spire'],
            message:
              `would have the border ${name} present ${shown} to other meshes, which was planned as ` +
              `${border.crossingIdentity}; give the mesh ${border.mesh} of the plan`,
          },
        ]),
    // A border in the same cluster is called by its own name.
    ...(border.direction === 'out' &&
    gatewayAddress === undefined &&
    border.crossings.some(({ neighbour }) => neighbour === undefined)
      ? [
          {
            path: ['gatewayAddress'],
            message: `is missing, but the outbound border ${name} needs it; give the host name or IP address of the gateway of ${border.foreignMesh}`,
          },
        ]
      : []),
    ...borderOptionProblems(props),
    ...deployedKindOf(member).borderProblems(member, props),
  ];
}
