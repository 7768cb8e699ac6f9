import type { Construct } from 'constructs';
import type { Problem } from '../../../problems';
import type { MeshMember } from '../../plan/model';
import type { PlannedInboundBorder, PlannedOutboundBorder } from '../../plan/plan';
import type { BorderParts, PartsProps } from '../border/parts';
import type { FederatedMesh } from '../federated-mesh';
import type { PermissionRule } from '../trust/permission';

/**
 * What a kind of mesh is to the federation, as far as it becomes resources: the other half of `MeshKind`
 * in `plan/meshes/`.
 */
export interface DeployedMeshKind {
  /** What the workload of an inbound border is like there, beside what is the same in every mesh. */
  inboundBorder(props: PartsProps<PlannedInboundBorder>): BorderParts;
  /** The same of an outbound one. */
  outboundBorder(props: PartsProps<PlannedOutboundBorder>): BorderParts;
  /** What a border in this mesh lacks, beside what each border needs. */
  borderProblems(member: MeshMember, props: Pick<PartsProps, 'serversCa'>): Problem[];
  /**
   * What all borders in one mesh have in common, made once.
   * @param scope Of the mesh in the federation
   */
  forBorders(scope: Construct, mesh: FederatedMesh): Pick<PartsProps, 'serversCa'>;
  /** Where its public roots can be read inside its cluster. */
  roots(member: MeshMember): RootsSource;
}

/** Where the publishing job finds a mesh's roots, and what it must be allowed for that. */
export interface RootsSource {
  readonly namespace: string;
  readonly rules: readonly PermissionRule[];
  /** Environment variables of the job `publish`. */
  readonly env: Readonly<Record<string, string>>;
  /** Ports that the job connects to, beside the API server's. */
  readonly ports: readonly number[];
}
