import { z } from 'zod';
import { DNS_LABEL, labelRule } from '../constructs/dns-names';
import { IMAGE_REFERENCE, IMAGE_RULE } from '../constructs/kubernetes/images';
import { cidrProblem } from '../constructs/address';
import { checked } from './checked';

/*
 * Forms of text and numbers that several settings have.
 */

/** One exact version. */
export const exactVersion = (example: string) =>
  z
    .string()
    .regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, `must be one exact version, such as ${example}`);

/** Name of a namespace, a port and the like. */
export const dnsLabel = z.string().regex(DNS_LABEL, labelRule());

const PORT_RULE = 'must be a whole number from 1 to 65535';
/** Number of a port. */
export const port = z.int(PORT_RULE).min(1, PORT_RULE).max(65535, PORT_RULE);

/** A CIDR block of IPv4 or IPv6. */
export const cidr = checked(cidrProblem);

/** A full reference of an image. */
export const imageReference = z.string().regex(IMAGE_REFERENCE, IMAGE_RULE);

/**
 * A registry with a folder.
 * @see https://github.com/distribution/reference/blob/v0.6.0/reference.go
 */
export const registry = z
  .string()
  .regex(
    /^([0-9A-Za-z][-0-9A-Za-z.]*|\[[0-9a-fA-F:]+\])(:\d+)?(\/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*$/,
    'must be registry/folder in lower case, without https:// and last "/"',
  );
