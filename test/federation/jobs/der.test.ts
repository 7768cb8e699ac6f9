import { expect, it } from '@jest/globals';
import { subjectKeyId } from '../../../constructs/federation/jobs/der';

/** A constructed element of DER that holds these. */
function holding(tag: number, content: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE((tag << 8) | 0x84, 0);
  head.writeUInt32BE(content.length, 2);
  return Buffer.concat([head, content]);
}

it('looks through as many extensions as fit into a certificate', () => {
  const empty = Buffer.alloc(2 * 100_000, Buffer.of(0x30, 0));
  const extensions = holding(0xa3, holding(0x30, empty));
  expect(subjectKeyId(holding(0x30, holding(0x30, extensions)))).toBeUndefined();
});
