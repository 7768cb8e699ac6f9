import type { Entrance, Hop } from '../../constructs/federation/plan';
import { ClusterError } from '../cluster/errors';
import { clusterOf, deployCommand, type Deployed, gatewayOf, isOurs } from './deployed';
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
 * @param host Where callers connect; nothing where they are in the same cluster, so that a pod is asked.
 * @param roots PEM by which the client's side verifies the border.
 */
export async function wireFindings(
  deployed: Deployed,
  gateway: Hop & { readonly entrance: Entrance },
  host: string | undefined,
  roots: string,
): Promise<Wire> {
  const { mesh, entrance, service, name } = gateway;
  const { serverName, identities, clientMesh, port } = entrance;
  const target = { host: host ?? '', port, serverName, roots, identities, lookup: deployed.lookup };
  const direct = host === undefined ? undefined : await dial(target);
  const aside = whyAside(deployed, mesh, direct);
  // Past the load balancer, which admits the other cluster and not necessarily this machine.
  const end =
    direct === undefined || aside !== undefined
      ? ((await dialPod(deployed, gateway, target)) ?? UNREACHABLE)
      : direct;
  const where = host === undefined ? name : `${host}:${port}`;
  const ours = isOurs(deployed, mesh);
  const kubectl = ours ? clusterOf(deployed, mesh).kubectl : 'kubectl';
  const finding = findingIn(mesh);
  const of = (...[code, what, mend, level]: Parameters<typeof finding>) =>
    finding(code, what, ours ? mend : `ask the owner of ${mesh}, whose offer names it`, level);
  const atGateway = (...said: Parameters<typeof of>): Wire => ({
    gateway: [of(...said)],
    border: [],
  });
  const atBorder = (...said: Parameters<typeof of>): Wire => ({
    gateway: [],
    border: [of(...said)],
  });
  const namespace = service?.namespace ?? '';
  const pods = `${kubectl} -n ${namespace} get pods,service -o wide`;
  const borders = `${kubectl} get pods -A -l app.kubernetes.io/component=border`;
  switch (end.end) {
    case 'right': {
      const past = host === undefined || aside !== undefined ? ' by port-forward' : '';
      const why = aside === undefined ? '' : `, as ${aside}`;
      return { gateway: [], border: [], seen: `TLS by ${serverName}${past}${why}` };
    }
    case 'unreachable':
      // That of a partner admits our clusters, and is not ours to look behind.
      if (!ours) return { gateway: [], border: [] };
      return atGateway(
        'not-reachable-from-here',
        `What callers of ${mesh} meet at ${where} could not be seen: ${aside ?? 'only pods of its cluster call it'}, ` +
          'and a port-forward to a pod behind it led nowhere either.',
        `run it where ${mesh}'s gateway admits you, or add your address to meshes.${mesh}.gateway.allowedSources`,
        'unknown',
      );
    case 'unresolved':
      return atGateway(
        'name-unresolved',
        `The name ${host} of ${ours ? name : `the gateway of ${mesh}`} cannot be resolved.`,
        gatewayOf(deployed, mesh).by === 'load-balancer'
          ? 'a new load balancer needs some minutes; else: is it still there?'
          : 'does the record, or the endpoint, still exist? a new one needs some minutes',
      );
    case 'refused':
      return atGateway(
        'connection-refused',
        `${where} refuses connections: the load balancer has no listener there, or no healthy target.`,
        pods,
      );
    case 'timeout':
      return atGateway(
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
        borders,
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
        `The border behind ${where} presents a certificate that expired on ${end.expires.toISOString()}.`,
        `${borders}; restart the one that was not renewed`,
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

/** There is no way to it from here. */
const UNREACHABLE = { end: 'unreachable' } as const;

/** Why a pod has to be asked in place of the address that callers use, if so. */
function whyAside(deployed: Deployed, mesh: string, direct?: Dialled): string | undefined {
  const { closed, private: isPrivate } = gatewayOf(deployed, mesh);
  if (direct?.end === 'timeout' && closed) {
    return isOurs(deployed, mesh)
      ? 'its load balancer does not admit this machine'
      : "the partner's load balancer may not admit this machine";
  }
  return direct?.end === 'unresolved' && isPrivate
    ? 'this machine cannot resolve the name'
    : undefined;
}

/** The same to a pod of the gateway, by port-forward; nothing where that leads nowhere. */
async function dialPod(
  deployed: Deployed,
  { mesh, service }: Hop,
  target: Target,
): Promise<Dialled | undefined> {
  if (service === undefined || !isOurs(deployed, mesh)) return undefined;
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
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return undefined;
  }
}
