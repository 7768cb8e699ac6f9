import { oncePerSetting, type Problem } from '../../problems';
import { kindOf } from './meshes';
import type { AccessPolicy } from './model';
import { LABEL_LENGTH } from '../../dns-names';
import { labelProblems, portProblems } from '../../kubernetes/name-problems';
import { serviceAccountProblems } from './service-accounts';
import { JOB_NAMES } from './plan';
import { borderNamespace } from './resolve';
import { grouped, pairs, pathOf, type Service } from './services';

/** A mesh's name is part of a volume's name, `federation-roots-<mesh>`. */
export const MESH_NAME_LENGTH = LABEL_LENGTH - 'federation-roots-'.length;
/** The longest name made of a stand-in's is `<standIn>-outbound`. */
const STAND_IN_LENGTH = LABEL_LENGTH - '-outbound'.length;

/** What is wrong with names, ports and labels of meshes and services, whoever calls whom. */
export function serviceProblems(
  policy: AccessPolicy,
  services: ReadonlyMap<string, Service>,
): Problem[] {
  const all = [...services.values()];
  return [
    ...Object.keys(policy.meshes).flatMap((mesh) => [
      ...labelProblems(['meshes', mesh], mesh, MESH_NAME_LENGTH),
      ...Object.keys(policy.meshes)
        .filter((other) => JOB_NAMES.publish(mesh) === JOB_NAMES.reader(other))
        .map((other) => ({
          path: ['meshes', mesh],
          message: `would have the service account ${JOB_NAMES.publish(mesh)}, by which the mesh ${other} reads its roots; take another name`,
        })),
      ...borderProblems(policy, mesh),
    ]),
    ...all.flatMap(oneService),
    ...oncePerSetting(
      [...grouped(all, ({ mesh }) => mesh).values()].flatMap((ofMesh) =>
        pairs(ofMesh).flatMap(([one, other]) => kindOf(one).twinProblems(one, other)),
      ),
    ),
  ];
}

/** Neither mesh lets pods of these in. */
const SYSTEM_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease'];

function namespaceProblems(path: Problem['path'], namespace: string): Problem[] {
  return SYSTEM_NAMESPACES.includes(namespace)
    ? [
        {
          path,
          message: `is ${namespace}, which is Kubernetes' own, and no mesh lets its pods in; use another`,
        },
      ]
    : labelProblems(path, namespace);
}

function borderProblems(policy: AccessPolicy, mesh: string): Problem[] {
  const to = borderNamespace(policy, mesh);
  const from = policy.meshes[mesh]?.bordersMovedFrom;
  const path = ['meshes', mesh, 'bordersMovedFrom'];
  return [
    ...namespaceProblems(['meshes', mesh, 'borderNamespace'], to),
    ...(from === undefined ? [] : namespaceProblems(path, from)),
    ...(from === to
      ? [{ path, message: `is ${to}, where the borders are to be; leave it out` }]
      : []),
  ];
}

function oneService(service: Service): Problem[] {
  const { id, name, namespace, port, standIn, gatewayPort, previousGatewayPort } = service;
  const key = labelProblems(pathOf(service), id);
  if (key.length > 0) return key;
  return [
    ...labelProblems(pathOf(service, 'name'), name),
    ...namespaceProblems(pathOf(service, 'namespace'), namespace),
    ...labelProblems(pathOf(service, 'standIn'), standIn, STAND_IN_LENGTH),
    ...portProblems(pathOf(service, 'port'), port),
    ...serviceAccountProblems(pathOf(service, 'standIn'), standIn),
    ...portProblems(pathOf(service, 'gatewayPort'), gatewayPort),
    ...(previousGatewayPort === undefined
      ? []
      : portProblems(pathOf(service, 'previousGatewayPort'), previousGatewayPort)),
    ...kindOf(service).serviceProblems(service),
  ];
}
