import type { Entrance, Hop } from '../../constructs/federation/plan';
import { clusterOf, deployCommand, type Deployed } from './deployed';
import { dial, type Dialled, type Target } from './dial';
import { type Finding, findingIn } from './finding';
import { podBehind } from './services';

/** What a dial came to: about the gateway, or about the border behind it. */
export interface Wire {
  readonly gateway: readonly Finding[];
  readonly border: readonly Finding[];
  /** What was seen, where it was right. */
  readonly seen?: string;
}

/**
 * Asks the gateway for the border of a crossing, as a client without a certificate: it must show who it
 * is, and then end it.
 *
 * @param roots PEM by which the client's side verifies the border.
 */
export async function wireFindings(
  deployed: Deployed,
  gateway: Hop & { readonly entrance: Entrance },
  address: string,
  roots: string,
): Promise<Wire> {
  const { mesh, entrance, service, name } = gateway;
  const { serverName, identities, clientMesh } = entrance;
  const port = service?.port ?? 443;
  const { lookup, dialTimeout: timeout } = deployed;
  const target = { host: address, port, serverName, roots, identities, lookup, timeout };
  const direct = await dial(target);
  const closed = direct.end === 'timeout' && deployed.closedGateways.includes(mesh);
  // Past the load balancer, which admits the other cluster and not necessarily this machine.
  const end = closed ? ((await dialPod(deployed, gateway, target)) ?? direct) : direct;
  const where = `${address}:${port}`;
  const { kubectl } = clusterOf(deployed, mesh);
  const of = findingIn(mesh);
  const atGateway = (...finding: Parameters<typeof of>): Wire => ({
    gateway: [of(...finding)],
    border: [],
  });
  const atBorder = (...finding: Parameters<typeof of>): Wire => ({
    gateway: [],
    border: [of(...finding)],
  });
  const namespace = service?.namespace ?? '';
  const pods = `${kubectl} -n ${namespace} get pods,service -o wide`;
  switch (end.end) {
    case 'right': {
      const past = closed
        ? ' by port-forward, as its load balancer does not admit this machine'
        : '';
      return { gateway: [], border: [], seen: `TLS by ${serverName}${past}` };
    }
    case 'unresolved':
      return atGateway(
        'name-unresolved',
        `The name ${address} of ${name} cannot be resolved.`,
        'a new load balancer needs some minutes; else: is it still there?',
      );
    case 'refused':
      return atGateway(
        'connection-refused',
        `${where} refuses connections: the load balancer has no listener there, or no healthy target.`,
        pods,
      );
    case 'timeout':
      return closed
        ? atGateway(
            'not-reachable-from-here',
            `${where} does not answer. Its load balancer admits the other cluster and listed sources only, ` +
              'this machine may be none of them, and a port-forward to a gateway pod did not reach it either.',
            `run it where ${mesh}'s gateway admits you, or add your address to meshes.${mesh}.gateway.allowedSources`,
            'unknown',
          )
        : atGateway(
            'connection-timeout',
            `${where} does not answer: a security group or a firewall drops it.`,
            `admit the addresses of ${clientMesh}'s cluster: meshes.${mesh}.gateway.allowedSources`,
          );
    case 'silent':
      return atGateway(
        'handshake-silent',
        `${where} takes the connection and says nothing: what is behind the load balancer hangs.`,
        pods,
      );
    case 'plaintext':
      return atGateway(
        'plaintext',
        `${where} answers without TLS: another listener has the port, or something in front ends TLS.`,
        `${kubectl} get gateways.networking.istio.io,ingressgateways,gateways.gateway.networking.k8s.io -A; the port must pass TLS through`,
      );
    case 'reset':
      return atGateway(
        'name-refused',
        `${where} ends the connection when it is asked for ${serverName}: the gateway knows no way for ` +
          'this name, or nobody behind it takes it.',
        `${deployCommand(deployed)}; the gateway's own log has the name`,
      );
    case 'alert':
      return atBorder(
        'border-refuses-handshake',
        `Whoever answers at ${where} for ${serverName} ends the handshake with the alert "${end.alert}": ` +
          'it has no certificate, or no roots to verify others by.',
        `${kubectl} get pods -A -l app.kubernetes.io/component=border`,
      );
    case 'wrong-root':
      return atBorder(
        'untrusted-root',
        `What answers at ${where} for ${serverName} is signed by "${end.issuer}", which the roots that ` +
          `${clientMesh} has do not verify (${end.reason}).`,
        `does ${mesh} sign with a new root, or does something in between end TLS? docs/trust-bundles.md`,
      );
    case 'expired':
      return atBorder(
        'border-expired',
        `The border behind ${where} shows a certificate that expired on ${end.expires.toISOString()}.`,
        `${kubectl} -n ${namespace} get pods; restart the border that was not renewed`,
      );
    case 'other-identity':
      return atBorder(
        'other-identity',
        `At ${where}, ${serverName} is answered by ${end.identity}, and should be by ${identities.join(' or ')}.`,
        `${deployCommand(deployed)}; the name leads to another border, or to no border at all`,
      );
    case 'asks-no-certificate':
      return atBorder(
        'asks-no-certificate',
        `Who answers at ${where} for ${serverName} asks for no client certificate: it is no border as it was deployed.`,
        deployCommand(deployed),
      );
    case 'failed':
      return atGateway('dial-failed', `${where}: ${end.reason}.`, pods);
  }
}

/** The same to a pod of the gateway, by port-forward; nothing where that leads nowhere. */
async function dialPod(
  deployed: Deployed,
  { mesh, service }: Hop,
  target: Target,
): Promise<Dialled | undefined> {
  if (service === undefined) return undefined;
  const behind = await podBehind(deployed, mesh, service);
  if (behind === undefined) return undefined;
  try {
    const cluster = clusterOf(deployed, mesh);
    const { stream, refused, close } = await cluster.connect(
      service.namespace,
      behind.pod,
      behind.port,
    );
    try {
      // A listener that is bound to the pod's address alone refuses what comes over loopback.
      return await Promise.race([
        dial({ ...target, socket: stream }),
        refused.then(() => undefined),
      ]);
    } finally {
      close();
    }
  } catch {
    return undefined;
  }
}
