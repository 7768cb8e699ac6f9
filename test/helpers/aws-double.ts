import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll } from '@jest/globals';
import type { AwsAccess } from '../../support/aws/access';

/** What is asked for, by the name of the call or the path, and what with. */
export type Answer = (asked: URLSearchParams) => string | object;

/** An answer that is a refusal. */
export class Refused {
  public constructor(
    public readonly code: string,
    public readonly status = 400,
  ) {}
}

/**
 * Answers the clients of AWS as AWS does, in XML where an answer is a text and else in JSON. What it has no answer
 * for is refused.
 */
export class AwsDouble {
  /** Calls that came, in their order. */
  public readonly asked: string[] = [];
  /** Answers of the case at hand. */
  public answers: Readonly<Record<string, Answer>> = {};
  private readonly server: Server;

  public constructor() {
    this.server = createServer((request, response) => {
      void text(request).then((body) => {
        const form = new URLSearchParams(body);
        const target = String(request.headers['x-amz-target'] ?? '').split('.')[1];
        const call = form.get('Action') ?? target ?? new URL(request.url ?? '', this.url).pathname;
        this.asked.push(call);
        const answer = this.answers[call]?.(form) ?? new Refused('AccessDenied', 403);
        if (answer instanceof Refused) {
          response.writeHead(answer.status, { 'x-amzn-errortype': answer.code });
          response.end(
            form.has('Action')
              ? `<Response><Errors><Error><Code>${answer.code}</Code></Error></Errors></Response>`
              : JSON.stringify({ __type: answer.code, message: answer.code }),
          );
        } else {
          response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
        }
      });
    });
  }

  /** For clients. */
  public get access(): AwsAccess {
    return {
      region: 'eu-north-1',
      endpoint: this.url,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    };
  }

  private get url(): string {
    const address = this.server.address();
    return typeof address === 'object' && address !== null
      ? `http://127.0.0.1:${address.port}`
      : 'http://127.0.0.1:9';
  }

  /** Listens as long as the tests of a file run. */
  public static ofFile(): AwsDouble {
    const aws = new AwsDouble();
    beforeAll(() => new Promise<void>((resolve) => aws.server.listen(0, '127.0.0.1', resolve)));
    afterAll(() => void aws.server.close());
    return aws;
  }
}

/** A list in the XML of EC2. */
export function items(name: string, ...each: readonly Readonly<Record<string, string>>[]): string {
  const fields = (of: Readonly<Record<string, string>>) =>
    Object.entries(of)
      .map(([key, value]) => `<${key}>${value}</${key}>`)
      .join('');
  return `<Response><${name}>${each.map((of) => `<item>${fields(of)}</item>`).join('')}</${name}></Response>`;
}
