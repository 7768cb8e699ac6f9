/**
 * The regions of AWS by partition, as the pinned AWS provider knows them: it refuses any other.
 *
 * @see https://github.com/hashicorp/aws-sdk-go-base/blob/v2.0.0-beta.65/endpoints/endpoints_gen.go
 */
const REGIONS = {
  aws: [
    'af-south-1',
    ...['ap-east-1', 'ap-east-2', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
    ...['ap-south-1', 'ap-south-2', 'ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3'],
    ...['ap-southeast-4', 'ap-southeast-5', 'ap-southeast-7', 'ca-central-1', 'ca-west-1'],
    ...['eu-central-1', 'eu-central-2', 'eu-north-1', 'eu-south-1', 'eu-south-2'],
    ...['eu-west-1', 'eu-west-2', 'eu-west-3', 'il-central-1', 'me-central-1', 'me-south-1'],
    ...['mx-central-1', 'sa-east-1', 'us-east-1', 'us-east-2', 'us-west-1', 'us-west-2'],
  ],
  'aws-cn': ['cn-north-1', 'cn-northwest-1'],
  'aws-us-gov': ['us-gov-east-1', 'us-gov-west-1'],
  'aws-eusc': ['eusc-de-east-1'],
  'aws-iso': ['us-iso-east-1', 'us-iso-west-1'],
  'aws-iso-b': ['us-isob-east-1'],
  'aws-iso-e': ['eu-isoe-west-1'],
  'aws-iso-f': ['us-isof-east-1', 'us-isof-south-1'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** All regions. */
export const ALL_REGIONS: readonly string[] = Object.values(REGIONS).flat();

/** The partition of a region, by which ARNs there begin: `arn:aws-cn:`. */
export function partitionOf(region: string): string | undefined {
  return Object.entries<readonly string[]>(REGIONS).find(([, names]) =>
    names.includes(region),
  )?.[0];
}

/**
 * Ends of the services' host names where they are not `amazonaws.com`.
 *
 * @see https://github.com/hashicorp/aws-sdk-go-base/blob/v2.0.0-beta.65/endpoints/endpoints_gen.go
 */
const DNS_SUFFIXES: Readonly<Record<string, string>> = {
  'aws-cn': 'amazonaws.com.cn',
  'aws-eusc': 'amazonaws.eu',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
  'aws-iso-e': 'cloud.adc-e.uk',
  'aws-iso-f': 'csp.hci.ic.gov',
};

/** The end of the services' host names in a region. */
export function dnsSuffixOf(region: string): string {
  return DNS_SUFFIXES[partitionOf(region) ?? ''] ?? 'amazonaws.com';
}
