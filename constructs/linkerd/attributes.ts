import { type Example, Optional, refuseUnlike } from '../example';
import { allowedSourcesProblems } from '../kubernetes/allowed-sources';
import { clusterDomainProblems } from '../kubernetes/cluster-domain';
import { labelProblems, subdomainProblems } from '../kubernetes/name-problems';
import { type Problem, refuse } from '../problems';
import type { ILinkerdMesh } from './interface';
import type { LinkerdMeshProps } from './props';

/** A Linkerd mesh that somebody else installed: see `LinkerdMesh.fromAttributes`. */
export interface LinkerdMeshAttributes extends Omit<ILinkerdMesh, 'trustDomain' | 'namespace'> {
  /**
   * Trust domain, the end of every identity: `identityTrustDomain` of the chart.
   * @default `clusterDomain`, or else 'cluster.local', as the chart has it
   */
  readonly trustDomain?: string;
  /**
   * Namespace of the control plane, part of every identity.
   * @default 'linkerd'
   */
  readonly namespace?: string;
}

const EXAMPLE: Example<LinkerdMeshAttributes> = {
  trustDomain: new Optional('depot.example.com'),
  namespace: new Optional('linkerd'),
};

/** What others need to know of a mesh that somebody else installed. */
export function linkerdMeshFromAttributes(attributes: LinkerdMeshAttributes = {}): ILinkerdMesh {
  refuseUnlike('The Linkerd mesh', attributes, EXAMPLE, 'cannot be used');
  const mesh: ILinkerdMesh = {
    ...attributes,
    trustDomain: attributes.trustDomain ?? attributes.clusterDomain ?? 'cluster.local',
    namespace: attributes.namespace ?? 'linkerd',
  };
  refuse(`The Linkerd mesh ${mesh.trustDomain}`, linkerdMeshProblems(mesh), 'cannot be used');
  return mesh;
}

/** What is wrong with its names, and with who may enter. */
export function linkerdMeshProblems({
  trustDomain,
  namespace,
  clusterDomain,
  entrance,
}: ILinkerdMesh): Problem[] {
  return [
    // Linkerd's own rule: https://github.com/linkerd/linkerd2/blob/edge-26.8.3/controller/identity/domain.go
    ...subdomainProblems(['trustDomain'], trustDomain),
    ...labelProblems(['namespace'], namespace),
    ...clusterDomainProblems(clusterDomain),
    ...allowedSourcesProblems(['entrance', 'allowedSources'], entrance?.allowedSources),
  ];
}

/** What others need to know of a mesh that is made with these props, before it is made. */
export function linkerdMeshFromProps(props: LinkerdMeshProps = {}): ILinkerdMesh {
  const { trustDomain = 'cluster.local', namespace = 'linkerd', clusterDomain, entrance } = props;
  return { trustDomain, namespace, clusterDomain, entrance };
}
