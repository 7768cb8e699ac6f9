import type { HttpPermission } from '../../crossing';
import { DEFAULT_BORDER_NAMESPACE, type IstioMember } from '../../model';
import {
  type AccessPlan,
  allBordersOf,
  BORDER_PORT,
  bordersBehindGateway,
  callIds,
  callsOfBorders,
  JOBS_NAMESPACE,
  jobsNamespaceOf,
  named,
  type PlannedBorder,
  wayTo,
} from '../../plan';
import type {
  AuthorizationOperation,
  AuthorizationPolicy,
  AuthorizationRule,
  AuthorizationSource,
  PlannedResource,
} from '../../resources';
import { type Call, isCrossing, limitsOfMesh } from '../../services';
import { own } from '../kind';
import { istioPrincipal } from './identity';

/** The AuthorizationPolicies of an Istio mesh. */
export function istioAccess(
  plan: AccessPlan,
  mesh: string,
): PlannedResource<AuthorizationPolicy>[] {
  const member = own(plan.meshes[mesh], 'istio');
  return [
    ...gatewayPolicy(plan, mesh, member),
    ...allBordersOf(plan, mesh).map((border) => borderPolicy(plan, member, border)),
    ...ownServices(plan, mesh),
  ];
}

/**
 * One policy for each rule, on the pods of the service called. Its name says who calls whom and nothing of other
 * rules, so that a change of those leaves it alone.
 */
function ownServices(plan: AccessPlan, mesh: string): PlannedResource<AuthorizationPolicy>[] {
  return plan.calls.flatMap((call) => {
    const { caller } = call;
    if (call.callee.mesh !== mesh) {
      return [];
    }
    const callee = own(call.callee, 'istio');
    const callerName =
      caller.kind === 'anyone' ? 'anyone' : isCrossing(call) ? call.caller.standIn : caller.id;
    const { policyName = `allow-${caller.mesh}.${callerName}.to.${callee.id}` } = call;
    // It names borders, so as not to mean them.
    const others = caller.kind === 'anyone' ? callsOfBorders(plan, mesh) : [];
    return [
      {
        mesh,
        id: `allow.${caller.mesh}.${callerName}.${callee.id}`,
        layer: 'mesh' as const,
        successorFirst: true,
        enforces: [call.id],
        about: [call.id, ...others],
        after: [],
        manifest: authorizationPolicy(
          named(policyName, plan.name, '.'),
          callee.namespace,
          callee.labels,
          [ruleOf(plan, call, callee.mesh)],
        ),
      },
    ];
  });
}

/** What a call may ask of whoever takes it in a mesh: the callee, or the outbound border to it. */
function ruleOf(plan: AccessPlan, call: Call, mesh: string): AuthorizationRule {
  const limits = limitsOfMesh(call);
  return {
    from: [{ source: sourceOf(plan, call, mesh) }],
    ...(limits.length > 0 && {
      to: limits.map((permission) => ({ operation: operation(permission) })),
    }),
  };
}

/** Who a sidecar of the mesh sees: the caller itself, or the border that represents it. */
function sourceOf(plan: AccessPlan, { caller }: Call, name: string): AuthorizationSource {
  const { mesh, borderNamespace, bordersMovedFrom } = own(plan.meshes[name], 'istio');
  if (caller.kind === 'anyone') {
    return {
      principals: [`${mesh.trustDomain}/*`],
      // A border is in the mesh, and what it represents is not. The jobs that exchange roots are no
      // part of it: a token for one of their accounts is with another cluster.
      notPrincipals: strangers(plan, name),
    };
  }
  if (caller.mesh === name) {
    const { namespace, serviceAccount } = own(caller, 'istio');
    return { principals: [istioPrincipal(mesh, namespace, serviceAccount)] };
  }
  return {
    // While borders move, those at both places.
    principals: [borderNamespace, bordersMovedFrom].flatMap((namespace) =>
      namespace === undefined ? [] : [istioPrincipal(mesh, namespace, caller.standIn)],
    ),
  };
}

/**
 * Borders and jobs: also those of further federations of the mesh, which this plan does not know, by the
 * namespaces that hold nothing else.
 */
function strangers(plan: AccessPlan, name: string): string[] {
  const { mesh } = own(plan.meshes[name], 'istio');
  const elsewhere = allBordersOf(plan, name).filter(
    ({ namespace }) => namespace !== DEFAULT_BORDER_NAMESPACE,
  );
  const inNamespace = (namespace: string) => `${mesh.trustDomain}/ns/${namespace}`;
  return [
    ...elsewhere.map(({ namespace, serviceAccount }) =>
      istioPrincipal(mesh, namespace, serviceAccount),
    ),
    ...new Set([
      `${inNamespace(jobsNamespaceOf(plan, name))}/*`,
      ...[JOBS_NAMESPACE, DEFAULT_BORDER_NAMESPACE]
        .map(inNamespace)
        .flatMap((reserved) => [`${reserved}/*`, `${reserved}-*`]),
    ]),
  ];
}

/**
 * An inbound border takes connections from the ingress gateway, where it is behind it; an outbound one
 * takes the calls of the services that a rule names; and neither takes anything else.
 */
function borderPolicy(
  plan: AccessPlan,
  { mesh: { gateway, ...mesh } }: IstioMember,
  border: PlannedBorder,
): PlannedResource<AuthorizationPolicy> {
  const { namespace, podLabels, calls, foreign } = border;
  const [name, rules] =
    border.direction === 'in'
      ? [
          `border.${foreign.standIn}`,
          // Past its sidecar, which then takes nothing.
          wayTo(border, 'gateway') === undefined ? [] : [fromGateway(mesh, gateway)],
        ]
      : [`border.${border.name}`, calls.map((call) => ruleOf(plan, call, border.mesh))];
  return {
    mesh: border.mesh,
    id: borderPolicyId(border),
    layer: 'federation',
    ownName: true,
    enforces: callIds([border]),
    about: callIds([border]),
    after: [],
    manifest: authorizationPolicy(name, namespace, podLabels, rules),
  };
}

function fromGateway(
  mesh: Pick<IstioMember['mesh'], 'trustDomain'>,
  { namespace, serviceAccount }: IstioMember['mesh']['gateway'],
): AuthorizationRule {
  return {
    from: [{ source: { principals: [istioPrincipal(mesh, namespace, serviceAccount)] } }],
    to: [{ operation: { ports: [String(BORDER_PORT)] } }],
  };
}

/** As it was when all borders were in the namespace `default`, so that those that are stay the same. */
function borderPolicyId({ name, namespace }: PlannedBorder): string {
  return namespace === 'default' ? `border.${name}` : `border.${namespace}.${name}`;
}

/** The gateway lets through what asks for a known crossing. It does not see who asks. */
function gatewayPolicy(
  plan: AccessPlan,
  mesh: string,
  { mesh: { gateway }, defaultDeny = true }: IstioMember,
): PlannedResource<AuthorizationPolicy>[] {
  const borders = bordersBehindGateway(plan, mesh);
  if (borders.length === 0 || !defaultDeny) {
    return [];
  }
  return [
    {
      mesh,
      id: 'gateway-policy',
      layer: 'federation',
      atGateway: true,
      enforces: callIds(borders),
      about: callIds(borders),
      after: [],
      manifest: authorizationPolicy(
        named('federation', plan.name),
        gateway.namespace,
        gateway.selector,
        [
          {
            when: [
              {
                key: 'connection.sni',
                values: borders.flatMap(({ crossings }) =>
                  crossings.map(({ serverName }) => serverName),
                ),
              },
            ],
          },
        ],
      ),
    },
  ];
}

function authorizationPolicy(
  name: string,
  namespace: string,
  matchLabels: Readonly<Record<string, string>>,
  rules: readonly AuthorizationRule[],
): AuthorizationPolicy {
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name, namespace },
    spec: { selector: { matchLabels }, action: 'ALLOW', rules },
  };
}

function operation({ methods, pathExact, pathPrefix }: HttpPermission): AuthorizationOperation {
  return {
    ...(methods && { methods }),
    ...(pathExact !== undefined && { paths: [pathExact] }),
    ...(pathPrefix !== undefined && { paths: [`${pathPrefix}*`] }),
  };
}
