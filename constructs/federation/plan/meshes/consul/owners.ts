import { consulGateways } from '../../../../consul/gateway';
import type { AccessPlan } from '../../plan';
import { requestsOf } from '../../services';
import { own, type OwnersLine } from '../kind';
import { intentionSource } from './access';
import { gatewayListeners } from './routes-in';

/** What the owners of a Consul mesh's resources that the federation leaves alone have to write. */
export function consulOwners(plan: AccessPlan, mesh: string): OwnersLine[] {
  const member = own(plan.meshes[mesh], 'consul');
  const ofGateways = consulGateways(member.mesh).map(({ kind, name }): OwnersLine => ({
    mesh,
    resource: `${kind === 'api' ? 'Gateway' : 'IngressGateway'} ${member.mesh.namespace}/${name}`,
    needs: gatewayListeners(plan, mesh).map(({ port, service }) =>
      kind === 'api'
        ? `TCP listener on port ${port}, and a TCPRoute from it to a MeshService of ${service}`
        : `tcp listener on port ${port} with the service ${service}`,
    ),
  }));
  const ofServices = plan.services.flatMap((one): OwnersLine[] => {
    if (one.mesh !== mesh) return [];
    const service = own(one, 'consul');
    const { name, protocol } = service;
    const calls = plan.calls.filter(({ callee }) => callee === service);
    return [
      ...(service.serviceDefaults === 'existing'
        ? [{ mesh, resource: `ServiceDefaults of ${name}`, needs: [`protocol: ${protocol}`] }]
        : []),
      ...(service.intentions === 'existing'
        ? [
            {
              mesh,
              resource: `ServiceIntentions of ${name}`,
              needs: calls.flatMap((call) =>
                requestsOf(call).map(
                  ({ methods, path }) =>
                    `allow ${intentionSource(mesh, call).name}${methods === '-' ? '' : `: ${methods} ${path}`}`,
                ),
              ),
            },
          ]
        : []),
    ];
  });
  return [...(member.gatewayListeners === 'existing' ? ofGateways : []), ...ofServices];
}
