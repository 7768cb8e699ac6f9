/** An IPv4 CIDR block, as numbers. */
export interface Cidr {
  /** First address, as an unsigned 32-bit number. */
  readonly address: number;
  /** Length of the prefix in bits, 0 to 32. */
  readonly prefix: number;
}

const PRIVATE_RANGES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];

/**
 * Reads a CIDR block such as `10.10.0.0/16`.
 *
 * @param example One that would be right there, for the message.
 * @throws Error saying what is wrong with it: no CIDR block, leading zeros, or bits set behind the
 *   prefix.
 */
export function parseCidr(text: string, example = '10.10.0.0/16'): Cidr {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const numbers = match?.slice(1).map(Number) ?? [];
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = numbers;
  if ([a, b, c, d].some((byte) => byte > 255) || prefix > 32) {
    const what = text === '' ? 'an empty text' : text.trim() === text ? text : `"${text}"`;
    throw new Error(`${what} is no IPv4 CIDR block; write one such as ${example}`);
  }
  // Go and with it Terraform and Kubernetes refuse them, since some programs read them as octal.
  const plain = `${[a, b, c, d].join('.')}/${prefix}`;
  if (plain !== text) throw new Error(`${text} has leading zeros; write ${plain}`);
  const address = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  const network = address - (address % size(prefix));
  if (network !== address) {
    const right = formatCidr({ address: network, prefix });
    throw new Error(`${text} has bits set behind its prefix; write ${right}`);
  }
  return { address, prefix };
}

/** The block as text, such as `10.10.0.0/16`. */
export function formatCidr({ address, prefix }: Cidr): string {
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
  return `${bytes.join('.')}/${prefix}`;
}

/** Whether the two blocks share an address. */
export function overlaps(one: Cidr, other: Cidr): boolean {
  return one.address < end(other) && other.address < end(one);
}

/** The same of blocks as they are written. What is missing or cannot be read is another mistake. */
export function collide(one: string | undefined, other: string | undefined): boolean {
  const [a, b] = [one, other].map(readable);
  return a !== undefined && b !== undefined && overlaps(a, b);
}

function readable(text: string | undefined): Cidr | undefined {
  try {
    return text === undefined ? undefined : parseCidr(text);
  } catch {
    return undefined;
  }
}

/** Whether every address of the inner block is in the outer one. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.address <= inner.address && end(inner) <= end(outer);
}

/** Whether the block lies in a range for private networks (RFC 1918, or RFC 6598 as EKS allows). */
export function isPrivate(cidr: Cidr): boolean {
  return PRIVATE_RANGES.map((range) => parseCidr(range)).some((range) => contains(range, cidr));
}

/** How many addresses a prefix of this length has. */
export function size(prefix: number): number {
  return 2 ** (32 - prefix);
}

function end({ address, prefix }: Cidr): number {
  return address + size(prefix);
}
