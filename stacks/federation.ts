import { TerraformOutput, type TerraformProvider, Token } from 'cdktf';
import type { Construct } from 'constructs';
import {
  type FederatedMesh,
  FederationHalf,
  type FederationHalfProps,
  GatewayAddress,
  type PartnerMesh,
} from '../constructs/federation';
import type { GatewayHosts, GatewayService, MeshMember } from '../constructs/federation/plan';
import type { AwsPlace } from '../config/connection';
import { type ApiServer, type ClusterConnection, ClusterProviders } from '../constructs/kubernetes';
import { GatewayRecord, type GatewayRecordProps } from '../constructs/network';
import { awsProvider, deployedToKubeconfig, type Deployment } from './deployed-to';
import { LargeStack } from './large-stack';

type Recorded = Pick<GatewayRecordProps, 'zoneId' | 'name' | 'type'>;

/** A mesh of the federation and the cluster that it is in. */
export type FederationStackMesh = MeshMember & {
  readonly connection: ClusterConnection;
  /** Where in AWS the cluster is, if it is there. */
  readonly place?: AwsPlace;
  /**
   * Service by which the other meshes enter.
   * @default the gateway's own
   */
  readonly entrance?: GatewayService;
  /**
   * Address by which the other meshes reach its gateway.
   * @default that of the Service's load balancer
   */
  readonly gatewayAddress?: GatewayHosts;
  /**
   * A record in Route 53 by whose name they reach `entrance`: it leads to its load balancer.
   * @default none
   */
  readonly record?: Recorded;
  /**
   * How pods of the other clusters reach the cluster's API server.
   * @default as Terraform does
   */
  readonly apiServer?: ApiServer;
  /**
   * Its roots, PEM, where they shall not be read from the mesh.
   * @default they are read from it
   */
  readonly roots?: string;
};

/** What those connect to who enter a mesh by its gateway, as far as it is known before a deploy. */
export interface ReachedGateway {
  /**
   * Service by which they enter.
   * @default the gateway's own
   */
  readonly service?: GatewayService;
  /**
   * `load-balancer`: what the cloud gave to that of the Service. `given`: `hosts`. `record`: the first of
   * `hosts`, below the domain of its zone. `endpoint`: what AWS gave to an endpoint of PrivateLink.
   */
  readonly by: 'load-balancer' | 'given' | 'record' | 'endpoint';
  /** Names and addresses that are known. */
  readonly hosts: readonly string[];
}

/** Settings of `FederationStack`. With a `name` the policies on the meshes' own services are part of it. */
export interface FederationStackProps extends Pick<
  FederationHalfProps,
  'policy' | 'name' | 'borders' | 'admission' | 'trust' | 'observability'
> {
  readonly deployment: Deployment;
  /** Ours, by the policy's names for them. */
  readonly meshes: Readonly<Record<string, FederationStackMesh>>;
  /**
   * Those of others, who deploy the other halves. Nothing is made in their clusters, and nothing read there.
   * @default none: all meshes are ours
   */
  readonly partners?: Readonly<Record<string, PartnerMesh>>;
}

/**
 * What lets the meshes' services call each other: roots, borders, and the routes to them, in all clusters
 * that are ours.
 * The policies on the meshes' own services are with those, so that local calls go on when this stack is
 * destroyed, and foreign ones end.
 */
export class FederationStack extends LargeStack {
  public readonly federation: FederationHalf;
  /** By the policy's names for the meshes. */
  public readonly reached: Readonly<Record<string, ReachedGateway>>;

  public constructor(scope: Construct, id: string, props: FederationStackProps) {
    super(scope, id, props);
    const { deployment, meshes: ours, partners = {}, ...options } = props;
    const meshes = Object.entries(ours).map(([name, mesh]): [string, FederatedMesh] => {
      const { connection, place, entrance, record, ...member } = mesh;
      const aws =
        connection.kind === 'eks'
          ? awsProvider(this, deployment, { ...place, connection, name })
          : undefined;
      const cluster = new ClusterProviders(this, `${name}-cluster`, {
        connection,
        alias: name,
        charts: false,
        aws,
      });
      if (connection.kind === 'kubeconfig') {
        deployedToKubeconfig(this, deployment.profile, connection, cluster.kubernetes, name);
      }
      return [
        name,
        {
          ...member,
          gatewayAddress:
            mesh.gatewayAddress ??
            (entrance && this.entered(name, { entrance, record }, cluster.kubernetes, aws)),
          provider: cluster.kubernetes,
          apiServer: mesh.apiServer ?? cluster.apiServer,
        },
      ];
    });
    // Whoever has every mesh has both halves.
    this.federation = new FederationHalf(this, 'federation', {
      ...options,
      own: Object.fromEntries(meshes),
      partners,
      ownServices: options.name === undefined ? 'separate' : 'included',
    });
    this.reached = Object.fromEntries([
      ...Object.entries(ours).map(([name, mesh]) => [name, reachedBy(mesh)] as const),
      ...Object.entries(partners).map(([name, partner]) => [name, reachedAt(partner)] as const),
    ]);
    for (const [mesh, address] of this.federation.gatewayAddresses) {
      // That of a partner is known to all.
      if (!Object.hasOwn(ours, mesh)) continue;
      new TerraformOutput(this, `${mesh}_gateway`, {
        description: `Address by which the other meshes reach ${mesh}.`,
        value: typeof address === 'string' ? address : address.join(', '),
      });
    }
  }

  /** Address of a Service, or the name of the record that leads to it. */
  private entered(
    name: string,
    { entrance, record }: Required<Pick<FederationStackMesh, 'entrance'>> & { record?: Recorded },
    provider: TerraformProvider,
    aws: TerraformProvider | undefined,
  ): string {
    const { address } = new GatewayAddress(this, `${name}-private-gateway`, {
      ...entrance,
      provider,
    });
    return record === undefined
      ? address
      : new GatewayRecord(this, `${name}-record`, { ...record, address, provider: aws }).address;
  }
}

function reachedBy({ gatewayAddress, entrance, record }: FederationStackMesh): ReachedGateway {
  const service = entrance;
  if (gatewayAddress !== undefined) {
    return Token.isUnresolved(gatewayAddress)
      ? { service, by: 'endpoint', hosts: [] }
      : { service, ...given(gatewayAddress) };
  }
  return record === undefined
    ? { service, by: 'load-balancer', hosts: [] }
    : { service, by: 'record', hosts: [record.name] };
}

/** A partner's gateway. */
function reachedAt({ offer, gatewayAddress = offer.gateway }: PartnerMesh): ReachedGateway {
  return gatewayAddress === undefined || Token.isUnresolved(gatewayAddress)
    ? { by: 'endpoint', hosts: [] }
    : given(gatewayAddress);
}

function given(address: GatewayHosts): ReachedGateway {
  return { by: 'given', hosts: typeof address === 'string' ? [address] : address };
}
