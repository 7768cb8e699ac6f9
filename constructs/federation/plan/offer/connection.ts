import { z } from 'zod';
import { messageOf } from '../../../problems';
import { collide, parseCidr } from '../../../cidr';
import { printable } from '../../jobs/text';
import { dnsLabel } from './facts';

/*
 * What two owners tell each other of a private connection between their VPCs on AWS, of which each creates
 * its own end.
 */

/** What the owner of a mesh says about PrivateLink. */
export interface OfferedPrivateLink {
  /** ARN of the account (`…:root`), role or user that creates its endpoints and must be allowed to. */
  readonly principal: string;
  /** The AWS region of its cluster: of its endpoint service, and of its endpoints. */
  readonly region: string;
  /**
   * Name of the endpoint service that leads to the gateway: `com.amazonaws.vpce.<region>.vpce-svc-<id>`.
   * @default there is none yet, or nobody calls the mesh
   */
  readonly service?: string;
}

/** What the owner of a mesh says about VPC peering. */
export interface OfferedPeering {
  /** Id of the AWS account that owns the VPC. */
  readonly account: string;
  /** The AWS region of the VPC. */
  readonly region: string;
  /** Id of the VPC of its cluster. */
  readonly vpc: string;
  /** CIDR block of that VPC. */
  readonly cidr: string;
  /**
   * Ids of the peering connections that it has requested, by the mesh at the other end.
   * @default none yet, or the other side requests them
   */
  readonly requested?: Readonly<Record<string, string>>;
  /**
   * Ids of the peering connections that it has accepted, by the mesh at the other end.
   * @default none yet, or the other side accepts them
   */
  readonly accepted?: Readonly<Record<string, string>>;
}

/** A private connection, as the owner of a mesh has it in its settings. */
export interface OfferedConnection {
  /** The way that calls are to go. While it changes, the entries for the former way are there too. */
  readonly crossing: 'peering' | 'privatelink' | 'internet' | 'given';
  /**
   * Its end of PrivateLink.
   * @default calls do not go by it
   */
  readonly privatelink?: OfferedPrivateLink;
  /**
   * Its end of a peering.
   * @default calls do not go by it
   */
  readonly peering?: OfferedPeering;
}

const region = z.string().regex(/^[a-z]{2,5}(-[a-z]+)+-\d{1,2}$/, 'must be an AWS region');

/** Of what AWS makes: those of before 2018 have 8 digits. */
const id = (prefix: string, what: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`),
      `must be the id of ${what}, such as ${prefix}-0123456789abcdef0`,
    );

const connectionId = id('pcx', 'a peering connection');

/** With what names of endpoint services begin in partitions whose names are public, by their regions. */
const SERVICE_PREFIXES: readonly (readonly [region: RegExp, prefix: string])[] = [
  [/^cn-/, 'cn.com.amazonaws.vpce'],
  [/^(af|ap|ca|eu|il|me|mx|sa|us)-(?!iso)/, 'com.amazonaws.vpce'],
];

/** What is wrong with the name of an endpoint service in a region. */
function serviceProblem(service: string, region: string): string | undefined {
  const [, prefix = '', its = ''] =
    /^([a-z0-9-]+(?:\.[a-z0-9-]+)+)\.([a-z0-9-]+)\.vpce-svc-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.exec(
      service,
    ) ?? [];
  const [, right = prefix] = SERVICE_PREFIXES.find(([of]) => of.test(region)) ?? [];
  if (!prefix.endsWith('.vpce') || prefix !== right) {
    const example = right.endsWith('.vpce') ? right : 'com.amazonaws.vpce';
    return `must be the name of an endpoint service, such as ${example}.${region}.vpce-svc-0123456789abcdef0`;
  }
  return its === region
    ? undefined
    : `is of ${its}, and region is ${region}; have the offer written anew`;
}

const PRIVATE_LINK = z
  .strictObject({
    principal: z
      .string()
      .max(600)
      .regex(
        /^arn:aws[a-z-]*:iam::\d{12}:(root|(user|role)\/[\w+=,.@/-]+)$/,
        'must be the ARN of an account, a role or a user, such as arn:aws:iam::111122223333:root',
      ),
    region,
    service: z.string().max(200).optional(),
  })
  .superRefine(({ region: own, service }, context) => {
    if (service === undefined) return;
    const message = serviceProblem(service, own);
    if (message !== undefined)
      context.addIssue({ code: 'custom', path: ['service'], message, input: service });
  });

/**
 * What no host in a network has: this network, loopback, link-local with the metadata of instances, multicast
 * and what is reserved (RFC 6890).
 */
const NO_VPC = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'];

const PEERING = z.strictObject({
  account: z.string().regex(/^\d{12}$/, 'must be the 12 digits of an AWS account'),
  region,
  vpc: id('vpc', 'a VPC'),
  cidr: z.string().superRefine((text, context) => {
    try {
      const { prefix } = parseCidr(text);
      if (prefix < 16 || prefix > 28) {
        context.addIssue({ code: 'custom', message: 'must be /16 to /28, as AWS has it of a VPC' });
      }
      if (NO_VPC.some((range) => collide(range, text))) {
        context.addIssue({ code: 'custom', message: 'must be the addresses of a VPC' });
      }
    } catch (error) {
      context.addIssue({ code: 'custom', message: printable(messageOf(error)) });
    }
  }),
  requested: z.record(dnsLabel, connectionId).optional(),
  accepted: z.record(dnsLabel, connectionId).optional(),
});

/** As it is in an offer. */
export const CONNECTION = z
  .strictObject({
    crossing: z.enum(['peering', 'privatelink', 'internet', 'given']),
    privatelink: PRIVATE_LINK.optional(),
    peering: PEERING.optional(),
  })
  .superRefine(({ crossing, privatelink, peering }, context) => {
    const all: Readonly<Record<string, unknown>> = { privatelink, peering };
    if (crossing in all && all[crossing] === undefined) {
      context.addIssue({
        code: 'custom',
        path: [crossing],
        message: 'is missing, and crossing says that calls go by it; have the offer written anew',
      });
    }
    if (privatelink === undefined || peering === undefined) return;
    // Both are of one cluster, in one VPC of one account.
    const [, , , , account] = privatelink.principal.split(':');
    if (account !== undefined && account !== peering.account) {
      context.addIssue({
        code: 'custom',
        path: ['privatelink', 'principal'],
        message: `is of account ${account}, and peering.account is ${peering.account}; have the offer written anew`,
      });
    }
    if (privatelink.region !== peering.region) {
      context.addIssue({
        code: 'custom',
        path: ['privatelink', 'region'],
        message: `is ${privatelink.region}, and peering.region is ${peering.region}; have the offer written anew`,
      });
    }
  });
