import type { Problem } from '../../problems';
import type { AccessPolicy } from './model';
import { borderNamespace, type IstioServiceFacts, pairs, pathOf, type Service } from './resolve';

/** Longest name of a Kubernetes Service, a volume, and each part of a host name. */
const LABEL_LENGTH = 63;
/** A mesh's name is part of a volume's name, `federation-roots-<mesh>`. */
const MESH_NAME_LENGTH = LABEL_LENGTH - 'federation-roots-'.length;
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
      ...borderProblems(policy, mesh),
    ]),
    ...all.flatMap(oneService),
    ...pairs(all).flatMap(([one, other]) => {
      if (one.mesh !== other.mesh) return [];
      return one.kind === 'istio' && other.kind === 'istio'
        ? istioTwins(one, other)
        : consulTwins(one, other);
    }),
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
  const { id, name, namespace, port, standIn } = service;
  const key = labelProblems(pathOf(service), id);
  if (key.length > 0) return key;
  return [
    ...labelProblems(pathOf(service, 'name'), name),
    ...namespaceProblems(pathOf(service, 'namespace'), namespace),
    ...labelProblems(pathOf(service, 'standIn'), standIn, STAND_IN_LENGTH),
    ...portProblems(pathOf(service, 'port'), port),
    ...accountProblems(pathOf(service, 'standIn'), standIn),
    ...(service.kind === 'istio'
      ? istioService(service)
      : [
          ...accountProblems(pathOf(service, 'name'), name),
          ...(service.intentionsName === `callers-of-${name}`
            ? []
            : objectNameProblems(pathOf(service, 'intentionsName'), service.intentionsName)),
        ]),
  ];
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
function objectNameProblems(path: Problem['path'], value: string): Problem[] {
  return /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(value) && value.length <= 253
    ? []
    : [
        {
          path,
          message:
            `is "${value}"; must be at most 253 lower case letters, digits, "-" and ".", with a letter ` +
            'or digit at both ends',
        },
      ];
}

/** Names of service accounts, which are identities. */
function accountProblems(path: Problem['path'], account: string): Problem[] {
  return account === 'default'
    ? [
        {
          path,
          message:
            'is "default", the service account of every pod that names none, and so the identity of ' +
            'no service; take another name, and a service account of that name',
        },
      ]
    : [];
}

function istioService(service: IstioServiceFacts): Problem[] {
  const { serviceAccount, gatewayPort, previousGatewayPort, labels } = service;
  return [
    ...labelProblems(pathOf(service, 'serviceAccount'), serviceAccount),
    ...accountProblems(pathOf(service, 'serviceAccount'), serviceAccount),
    ...portProblems(pathOf(service, 'gatewayPort'), gatewayPort),
    ...(previousGatewayPort === undefined
      ? []
      : portProblems(pathOf(service, 'previousGatewayPort'), previousGatewayPort)),
    ...(Object.keys(labels).length === 0
      ? [
          {
            path: pathOf(service, 'labels'),
            message:
              'is empty, and a policy without labels applies to the whole namespace; name at least one',
          },
        ]
      : []),
  ];
}

function istioTwins(one: IstioServiceFacts, other: IstioServiceFacts): Problem[] {
  if (one.namespace !== other.namespace) return [];
  const problems: Problem[] = [];
  if (one.name === other.name) {
    problems.push({
      path: pathOf(other, 'name'),
      message: `${one.ref} is the Service ${one.namespace}/${one.name} too; each needs its own`,
    });
  }
  if (one.serviceAccount === other.serviceAccount) {
    problems.push({
      path: pathOf(other, 'serviceAccount'),
      message:
        `${one.ref} runs as ${one.namespace}/${one.serviceAccount} too, so nobody can tell the two ` +
        'apart; give each a service account of its own',
    });
  }
  if (selects(one.labels, other.labels) || selects(other.labels, one.labels)) {
    problems.push({
      path: pathOf(other, 'labels'),
      message:
        `a policy for ${one.ref} (${text(one.labels)}) and one for ${other.ref} ` +
        `(${text(other.labels)}) would apply to the same pods; give each a label that the other ` +
        'does not have',
    });
  }
  return problems;
}

function consulTwins(one: Service, other: Service): Problem[] {
  const sameIntentions =
    one.kind === 'consul' &&
    other.kind === 'consul' &&
    one.namespace === other.namespace &&
    one.intentionsName === other.intentionsName;
  if (sameIntentions && one.name !== other.name) {
    return [
      {
        path: pathOf(other, 'intentionsName'),
        message: `${one.ref} has ${one.namespace}/${one.intentionsName} too; each needs its own`,
      },
    ];
  }
  return one.name === other.name
    ? [
        {
          path: pathOf(other, 'name'),
          message:
            `${one.ref} is "${one.name}" too, and Consul knows a service by its name alone, in every ` +
            'namespace; each needs its own',
        },
      ]
    : [];
}

function labelProblems(path: Problem['path'], value: string, length = LABEL_LENGTH): Problem[] {
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value) && value.length <= length
    ? []
    : [
        {
          path,
          message:
            `is "${value}"; must be at most ${length} lower case letters, digits and "-", with a ` +
            'letter or digit at both ends',
        },
      ];
}

function portProblems(path: Problem['path'], port: number): Problem[] {
  return Number.isInteger(port) && port >= 1 && port <= 65535
    ? []
    : [{ path, message: `is ${port}; must be a whole number from 1 to 65535` }];
}

type Labels = Readonly<Record<string, string>>;

function selects(selector: Labels, labels: Labels): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

function text(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
