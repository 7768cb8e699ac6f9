import type { ServicePort } from '../kubernetes/load-balancer';
import type { IstioGateway } from './interface';

/** Ports by which TLS of the federation passes through a gateway: the one that is called first. */
export function tlsPorts({
  tlsPort,
  previousTlsPort,
}: Pick<IstioGateway, 'tlsPort' | 'previousTlsPort'>): readonly [ServicePort, ...ServicePort[]] {
  const port = { name: 'tls-federation', port: tlsPort };
  return previousTlsPort === undefined || previousTlsPort === tlsPort
    ? [port]
    : [port, { name: 'tls-federation-previous', port: previousTlsPort }];
}
