import { DataAwsVpcPeeringConnections } from '@cdktf/provider-aws/lib/data-aws-vpc-peering-connections';
import { Route } from '@cdktf/provider-aws/lib/route';
import { VpcPeeringConnection } from '@cdktf/provider-aws/lib/vpc-peering-connection';
import { VpcPeeringConnectionAccepterA as VpcPeeringConnectionAccepter } from '@cdktf/provider-aws/lib/vpc-peering-connection-accepter';
import { VpcPeeringConnectionOptions } from '@cdktf/provider-aws/lib/vpc-peering-connection-options';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { type ITerraformDependable, type TerraformProvider, Token } from 'cdktf';
import { Construct } from 'constructs';
import { regionProblems } from '../aws-forms';
import { type Example, filled, Optional, refuseUnlike } from '../example';
import { TerraformData } from '../terraform-data';
import { portProblems } from '../kubernetes/name-problems';
import { messageOf, type Problem, refuse } from '../problems';
import { sayOnDestroy } from '../wait';
import { accountProblems } from './account-problems';
import { awsIdProblems } from './aws-ids';
import { collide, parseCidr } from '../cidr';
import { nameTagProblems } from './name-tag';
import type { INetwork } from './props';
import { NETWORK_EXAMPLE } from './props';

/** What the other VPC of a peering may reach in this one, beside load balancers. */
export interface PeerAdmission {
  /** Security group that lets it in. */
  readonly securityGroupId: string;
  /** TCP port that the other VPC may reach. */
  readonly port: number;
  /** What listens there; the rule's description. */
  readonly description: string;
}

const ADMISSION: Example<PeerAdmission> = {
  securityGroupId: 'sg-0123456789abcdef0',
  port: 443,
  description: filled('Kubernetes API'),
};

/** One of the two VPCs of a peering. */
export interface PeeredVpc {
  /** The VPC: its `cidr` and `privateRouteTableIds` must be known. */
  readonly network: INetwork;
  /**
   * The AWS account that owns the peer's VPC.
   * @default that of the other VPC
   */
  readonly accountId?: string;
  /**
   * The AWS region of the peer's VPC.
   * @default that of the other VPC
   */
  readonly region?: string;
  /**
   * The AWS provider of its account and region, where they differ from those of the stack.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
  /**
   * Whether there are nodes in the public subnets: then `publicRouteTableIds` must be known, and each has a
   * route to the other VPC too.
   * @default false
   */
  readonly publicNodes?: boolean;
  /**
   * What all addresses of the other VPC may reach here. Load balancers are not listed: they say themselves
   * whom they let in.
   * @default nothing
   */
  readonly admits?: readonly PeerAdmission[];
}

/** Settings of `VpcPeering`. */
export interface VpcPeeringProps {
  /** Name of the connection. */
  readonly name: string;
  /** The VPC that asks for the connection. */
  readonly requester: PeeredVpc;
  /** The VPC that accepts it. */
  readonly accepter: PeeredVpc;
  /**
   * Whether public names of instances in one VPC lead to their private addresses in the other. Internal load
   * balancers and private APIs of EKS need no such help: their names lead to private addresses everywhere.
   * @default true
   * @see https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-dns.html
   */
  readonly dnsResolution?: boolean;
}

const PEER: Example<PeeredVpc> = {
  network: NETWORK_EXAMPLE,
  admits: new Optional<readonly PeerAdmission[]>([ADMISSION]),
  publicNodes: new Optional(true),
};

const PEERING: Example<VpcPeeringProps> = {
  name: 'shop-bank',
  requester: PEER,
  accepter: PEER,
  dnsResolution: new Optional(true),
};

/** One of the two VPCs of a peering, by what it does. */
export type PeeringEnd = 'requester' | 'accepter';

const ENDS: readonly PeeringEnd[] = ['requester', 'accepter'];

/**
 * Connects two VPCs by peering: the connection and its acceptance, a route to the other VPC in each route
 * table of both that nodes use, and rules for what the other VPC may reach, by its own addresses and no wider ones;
 * the same by IPv6, where both have such addresses.
 *
 * The VPCs may be of different accounts and regions, each with a provider of its own. Traffic goes over no
 * NAT gateway and never over the internet. Routes come when the connection is accepted, and go before it.
 *
 * @throws Error listing every mistake in the props, among them addresses that overlap.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#VpcPeering}
 */
export class VpcPeering extends Construct {
  /** The connection, as its requester sees it. */
  public readonly connection: VpcPeeringConnection;
  /** The connection, as its accepter sees it. */
  public readonly acceptance: VpcPeeringConnectionAccepter;
  /** Whether names lead to private addresses in the other VPC, by the end that they are in. */
  public readonly options: Readonly<Record<PeeringEnd, VpcPeeringConnectionOptions>>;
  /** To the other VPC, by the end that they are in. */
  public readonly routes: Readonly<Record<PeeringEnd, readonly Route[]>>;
  /** What the other VPC may reach, by the end that they are in. */
  public readonly rules: Readonly<Record<PeeringEnd, readonly VpcSecurityGroupIngressRule[]>>;
  /** What must be there before one VPC reaches the other. */
  public readonly ready: readonly ITerraformDependable[];

  public constructor(scope: Construct, id: string, props: VpcPeeringProps) {
    super(scope, id);
    refuseUnlike(`VpcPeering ${this.node.path}`, props, PEERING);
    refuse(`VpcPeering ${props.name}`, peeringProblems(props));
    const { name, requester, accepter, dnsResolution = true } = props;
    const tags = { Name: name };
    this.connection = new VpcPeeringConnection(this, 'connection', {
      vpcId: requester.network.vpcId,
      peerVpcId: accepter.network.vpcId,
      peerOwnerId: accepter.accountId,
      peerRegion: accepter.region,
      provider: requester.provider,
      tags,
    });
    this.acceptance = new VpcPeeringConnectionAccepter(this, 'acceptance', {
      vpcPeeringConnectionId: this.connection.id,
      autoAccept: true,
      provider: accepter.provider,
      tags,
    });
    // Each end can change its own options only, and not before the connection is accepted.
    const optionsOf = (end: PeeringEnd) =>
      new VpcPeeringConnectionOptions(this, `${end}_options`, {
        vpcPeeringConnectionId: this.acceptance.id,
        [end]: { allowRemoteVpcDnsResolution: dnsResolution },
        provider: props[end].provider,
      });
    this.options = { requester: optionsOf('requester'), accepter: optionsOf('accepter') };

    const reach = (end: PeeringEnd): Reach => ({
      ids: `${end}_`,
      end: props[end],
      cidr: otherEnd(props, end).network.cidr ?? '',
      ...(ENDS.every((one) => props[one].network.ipv6Cidr !== undefined) && {
        ipv6Cidr: otherEnd(props, end).network.ipv6Cidr,
      }),
    });
    const routesOf = (end: PeeringEnd) => routesTo(this, reach(end), this.acceptance.id);
    const rulesOf = (end: PeeringEnd) => rulesFor(this, reach(end));
    this.routes = { requester: routesOf('requester'), accepter: routesOf('accepter') };
    this.rules = { requester: rulesOf('requester'), accepter: rulesOf('accepter') };
    this.ready = [
      ...ENDS.map((end) => this.options[end]),
      ...ENDS.flatMap((end) => [...this.routes[end], ...this.rules[end]]),
    ];
  }
}

/** One end of a peering, and what it reaches. */
interface Reach {
  /** What the ids begin with. */
  readonly ids: string;
  readonly end: VpcPeeringHalfProps['own'];
  /** Addresses of the other VPC. */
  readonly cidr: string;
  /** Its IPv6 addresses, where both VPCs have some. */
  readonly ipv6Cidr?: string;
}

/** Routes to the other VPC, one in each table that nodes here use. */
function routesTo(scope: Construct, reach: Reach, connectionId: string): Route[] {
  const { ids, end, cidr, ipv6Cidr } = reach;
  const { network, publicNodes = false, provider } = end;
  const families = [
    { name: 'route', to: { destinationCidrBlock: cidr } },
    ...(ipv6Cidr === undefined
      ? []
      : [{ name: 'ipv6_route', to: { destinationIpv6CidrBlock: ipv6Cidr } }]),
  ];
  const routesBy = (kind: string, tables: readonly string[] = []) =>
    families.flatMap(({ name, to }) =>
      tables.map(
        (routeTableId, i) =>
          new Route(scope, `${ids}${kind}${name}_${i}`, {
            routeTableId,
            ...to,
            vpcPeeringConnectionId: connectionId,
            provider,
          }),
      ),
    );
  return [
    ...routesBy('', network.privateRouteTableIds),
    ...(publicNodes ? routesBy('public_', network.publicRouteTableIds) : []),
  ];
}

/** Rules that let the other VPC in, one for each of `admits`. */
function rulesFor(scope: Construct, reach: Reach): VpcSecurityGroupIngressRule[] {
  const { ids, end, cidr, ipv6Cidr } = reach;
  const families = [
    { name: 'rule', from: { cidrIpv4: cidr } },
    ...(ipv6Cidr === undefined ? [] : [{ name: 'ipv6_rule', from: { cidrIpv6: ipv6Cidr } }]),
  ];
  return families.flatMap(({ name, from }) =>
    (end.admits ?? []).map(
      ({ securityGroupId, port, description }, i) =>
        new VpcSecurityGroupIngressRule(scope, `${ids}${name}_${i}`, {
          securityGroupId,
          ...from,
          ipProtocol: 'tcp',
          fromPort: port,
          toPort: port,
          description,
          provider: end.provider,
        }),
    ),
  );
}

/** Settings of `VpcPeeringHalf`. */
export interface VpcPeeringHalfProps {
  /** Name of the connection. */
  readonly name: string;
  /** The VPC that is ours. */
  readonly own: Omit<PeeredVpc, 'accountId' | 'region'>;
  /** The VPC of somebody else, who deploys the other half. */
  readonly peer: {
    /** Id by which AWS knows the VPC, as its owner says it. */
    readonly vpcId: string;
    /** Addresses of the VPC, such as `10.20.0.0/16`. */
    readonly cidr: string;
    /** Id of the AWS account that owns it. */
    readonly accountId: string;
    /** The AWS region that it is in. */
    readonly region: string;
  };
  /**
   * Id of the connection that the peer has requested: this half accepts it, and no other one.
   * @default none: this half requests it, and the peer accepts within seven days
   */
  readonly connectionId?: string;
}

const HALF: Example<VpcPeeringHalfProps> = {
  name: 'shop-bank',
  own: PEER,
  peer: {
    vpcId: 'vpc-0123456789abcdef0',
    cidr: '10.20.0.0/16',
    accountId: '111122223333',
    region: 'eu-north-1',
  },
};

/**
 * One half of a peering between two owners: the request or its acceptance, a route to the other VPC in each route
 * table that nodes here use, and rules for what the other VPC may reach here. Nothing is made in the other account.
 *
 * Routes of a request lead nowhere until the peer has accepted it. A half accepts only what comes from the account
 * and the VPC of its `peer`. A destroy of the half that requested deletes the connection; that of the one that
 * accepted leaves it, and AWS deletes no VPC that has one: delete it by its id.
 *
 * @throws Error listing every mistake in the props, among them addresses that overlap.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html
 * @see https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/website/docs/r/vpc_peering_connection_accepter.html.markdown what its destroy leaves
 * @see https://github.com/hashicorp/terraform-provider-aws/issues/3118 the VPC
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#VpcPeeringHalf}
 */
export class VpcPeeringHalf extends Construct {
  /** The request; none where this half accepts. */
  public readonly connection?: VpcPeeringConnection;
  /** The acceptance; none where this half requests. */
  public readonly acceptance?: VpcPeeringConnectionAccepter;
  /** Says at a destroy that an accepted connection stays; none where this half requests. */
  public readonly reminder?: ITerraformDependable;
  /** Routes to the other VPC, one in each table that nodes here use. */
  public readonly routes: readonly Route[];
  /** Rules that let the other VPC in, one for each of `admits`. */
  public readonly rules: readonly VpcSecurityGroupIngressRule[];
  /** Id of the connection, for the owner of the other half. */
  public readonly connectionId: string;

  public constructor(scope: Construct, id: string, props: VpcPeeringHalfProps) {
    super(scope, id);
    refuseUnlike(`VpcPeeringHalf ${this.node.path}`, props, HALF);
    const { name, own, peer, connectionId } = props;
    const { network, provider } = own;
    refuse(`VpcPeeringHalf ${name}`, halfProblems(props));
    const tags = { Name: name };
    if (connectionId === undefined) {
      this.connection = new VpcPeeringConnection(this, 'connection', {
        vpcId: network.vpcId,
        peerVpcId: peer.vpcId,
        peerOwnerId: peer.accountId,
        peerRegion: peer.region,
        provider,
        tags,
      });
      this.connectionId = this.connection.id;
    } else {
      this.acceptance = this.accept(props, connectionId, tags);
      this.connectionId = this.acceptance.id;
      this.reminder = new TerraformData(this, 'left', {
        provisioners: [
          sayOnDestroy(
            `The peering ${connectionId} with the VPC ${peer.vpcId} stays, and AWS deletes no VPC that has one. To end ` +
              `it: aws ec2 delete-vpc-peering-connection --vpc-peering-connection-id ${connectionId}`,
          ),
        ],
        dependsOn: [this.acceptance],
      });
    }
    const reach: Reach = { ids: '', end: own, cidr: peer.cidr };
    this.routes = routesTo(this, reach, this.connectionId);
    this.rules = rulesFor(this, reach);
  }

  /** Whoever knows our VPC's id can request a connection with it: only that of the peer is accepted. */
  private accept(
    { own: { network, provider }, peer }: VpcPeeringHalfProps,
    connectionId: string,
    tags: Record<string, string>,
  ): VpcPeeringConnectionAccepter {
    const found = new DataAwsVpcPeeringConnections(this, 'requested', {
      filter: [
        { name: 'vpc-peering-connection-id', values: [connectionId] },
        { name: 'requester-vpc-info.owner-id', values: [peer.accountId] },
        { name: 'requester-vpc-info.vpc-id', values: [peer.vpcId] },
        { name: 'accepter-vpc-info.vpc-id', values: [network.vpcId] },
      ],
      provider,
    });
    return new VpcPeeringConnectionAccepter(this, 'acceptance', {
      vpcPeeringConnectionId: connectionId,
      autoAccept: true,
      provider,
      tags,
      lifecycle: {
        precondition: [
          {
            condition: `\${contains(${found.fqn}.ids, "${connectionId}")}`,
            errorMessage:
              `AWS knows no request ${connectionId} of the VPC ${peer.vpcId} in the account ${peer.accountId} for this ` +
              'VPC: it was withdrawn, refused, or expired after seven days, or it is somebody else’s. Nothing was ' +
              'accepted. Ask the owner of that VPC for a new offer.',
          },
        ],
      },
    });
  }
}

function otherEnd(props: VpcPeeringProps, end: PeeringEnd): PeeredVpc {
  return props[end === 'requester' ? 'accepter' : 'requester'];
}

/** What is wrong with two VPCs that are to be peered. */
function peeringProblems(props: VpcPeeringProps): Problem[] {
  const problems: Problem[] = ENDS.flatMap((end) => {
    const { accountId, network } = props[end];
    const { vpcId, cidr, privateRouteTableIds = [], publicRouteTableIds = [] } = network;
    const place = (setting: string) => [end, 'network', setting];
    return [
      ...(accountId === undefined ? [] : accountProblems([end, 'accountId'], accountId)),
      ...regionProblems([end, 'region'], props[end].region),
      ...awsIdProblems(place('vpcId'), 'vpc', vpcId),
      ...cidrProblems(cidr).map((message) => ({ path: place('cidr'), message })),
      ...(privateRouteTableIds.length > 0
        ? []
        : [
            {
              path: place('privateRouteTableIds'),
              message:
                'is empty, so nothing there would find the way; list the route tables of the subnets ' +
                'that the nodes are in',
            },
          ]),
      ...(props[end].publicNodes !== true || publicRouteTableIds.length > 0
        ? []
        : [
            {
              path: place('publicRouteTableIds'),
              message:
                'is empty, but nodes are in the public subnets; list their route tables, or leave publicNodes out',
            },
          ]),
      ...(props[end].admits ?? []).flatMap(({ securityGroupId, port }, i) => [
        ...awsIdProblems([end, 'admits', i, 'securityGroupId'], 'sg', securityGroupId),
        ...portProblems([end, 'admits', i, 'port'], port),
      ]),
    ];
  });
  problems.unshift(...nameTagProblems(props.name));
  const { requester, accepter } = props;
  if (requester.network.vpcId === accepter.network.vpcId) {
    const message = `${accepter.network.vpcId} is both; peer two VPCs`;
    problems.push({ path: ['accepter', 'network', 'vpcId'], message });
  }
  if (collide(requester.network.cidr, accepter.network.cidr)) {
    problems.push({
      path: ['accepter', 'network', 'cidr'],
      message:
        `${accepter.network.cidr ?? ''} overlaps with ${requester.network.cidr ?? ''} of the requester, ` +
        'and AWS peers no such VPCs; use addresses that the other does not have, or PrivateLink',
    });
  }
  return problems;
}

function halfProblems({ name, own, peer, connectionId }: VpcPeeringHalfProps): Problem[] {
  const { vpcId, cidr, accountId, region } = peer;
  const ofVpcs = peeringProblems({
    name,
    requester: own,
    // Its route tables are its owner's.
    accepter: {
      accountId,
      region,
      network: { ...NOWHERE, vpcId, cidr, privateRouteTableIds: [''] },
    },
  }).map(({ path, message }) => ({
    path: halfPath(path),
    message: message.replace('of the requester', 'of your own'),
  }));
  return [...ofVpcs, ...awsIdProblems(['connectionId'], 'pcx', connectionId)];
}

/** Where a setting of a whole peering is in that of a half. */
function halfPath([end, ...rest]: Problem['path']): Problem['path'] {
  switch (end) {
    case 'requester':
      return ['own', ...rest];
    case 'accepter':
      return ['peer', ...(rest[0] === 'network' ? rest.slice(1) : rest)];
    default:
      return end === undefined ? rest : [end, ...rest];
  }
}

const NOWHERE = { publicSubnetIds: [], privateSubnetIds: [], egress: [] };

function cidrProblems(cidr: string | undefined): string[] {
  if (cidr === undefined) return ['is missing; give the addresses of the VPC'];
  if (Token.isUnresolved(cidr)) return [];
  try {
    parseCidr(cidr);
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}
