import http2 from 'node:http2';
import { printable, wordsOf } from './text.ts';

/*
 * One call of gRPC, as Linkerd's identity controller takes it, without a library: a message is a handful of
 * byte strings.
 */

const TIMEOUT_SECONDS = 15;
const MAX_ANSWER_BYTES = 256 * 1024;

/** A message whose fields are byte strings, by number. */
export type Fields = readonly (readonly [number: number, value: Buffer])[];

/** Types of fields of Protocol Buffers. */
const VARINT = 0;
const DELIMITED = 2;

/** @returns The message, encoded. */
export function encoded(fields: Fields): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) => [
      varint((number << 3) | DELIMITED),
      varint(value.length),
      value,
    ]),
  );
}

/** @returns Its byte strings. @throws Error where it is cut off, or is something else. */
export function decoded(message: Buffer): Fields {
  const fields: (readonly [number, Buffer])[] = [];
  let at = 0;
  const next = () => {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error(NO_MESSAGE);
  };
  while (at < message.length) {
    const key = next();
    const type = key & 7;
    if (type !== VARINT && type !== DELIMITED) throw new Error(NO_MESSAGE);
    const size = next();
    if (type === VARINT) continue;
    if (at + size > message.length) throw new Error('the answer is cut off');
    fields.push([key >> 3, message.subarray(at, at + size)]);
    at += size;
  }
  return fields;
}

const NO_MESSAGE = 'the answer is no message of Protocol Buffers';

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/**
 * A call with one message each way.
 *
 * @param url Of the server, without a path
 * @param method `/package.Service/Method`
 * @throws Error with the server's own words where it refuses.
 */
export async function unary(url: string, method: string, message: Buffer): Promise<Buffer> {
  const { origin } = new URL(url);
  const session = http2.connect(origin);
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const fail = (reason: string) => reject(new Error(`${origin}: ${reason}`));
      session.on('error', (error: Error) => fail(wordsOf(error)));
      const stream = session.request({
        ':method': 'POST',
        ':path': method,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const parts: Buffer[] = [];
      let size = 0;
      let status: string | undefined;
      let words = '';
      // An answer without a message has it all in its headers.
      const note = (headers: http2.IncomingHttpHeaders) => {
        status = one(headers['grpc-status']) ?? status;
        words = one(headers['grpc-message']) ?? words;
      };
      stream.on('response', (headers) => {
        if (headers[':status'] !== 200) fail(`HTTP status ${String(headers[':status'])}`);
        note(headers);
      });
      stream.on('trailers', note);
      stream.on('data', (part: Buffer) => {
        size += part.length;
        if (size <= MAX_ANSWER_BYTES) parts.push(part);
        else stream.close(http2.constants.NGHTTP2_CANCEL);
      });
      stream.on('error', (error: Error) => fail(error.message));
      stream.setTimeout(TIMEOUT_SECONDS * 1000, () => {
        fail(`no answer within ${TIMEOUT_SECONDS} s`);
        stream.close(http2.constants.NGHTTP2_CANCEL);
      });
      stream.on('close', () => {
        if (status === '0' && size <= MAX_ANSWER_BYTES) resolve(unframed(Buffer.concat(parts)));
        else fail(`gRPC status ${status ?? 'missing'} ${printable(words.replaceAll('%20', ' '))}`);
      });
      stream.end(framed(message));
    });
  } finally {
    session.destroy();
  }
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** Not compressed, then the length. */
function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function unframed(frame: Buffer): Buffer {
  return frame.length < 5 ? Buffer.alloc(0) : frame.subarray(5, 5 + frame.readUInt32BE(1));
}
