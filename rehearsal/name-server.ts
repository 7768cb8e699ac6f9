import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode } from 'dns-packet';

/** A name server that knows every name by one IPv4 address and by no IPv6 address. */
export class NameServer {
  private silent = false;

  private constructor(
    private readonly socket: Socket,
    address: string,
  ) {
    socket.on('message', (message, { port, address: client }) => {
      const query = decode(message);
      const [question] = query.questions ?? [];
      if (question === undefined || (question.type === 'A' && this.silent)) return;
      const answer = encode({
        id: query.id,
        type: 'response',
        questions: query.questions,
        // None is an answer too: the name exists, and has no address of this family.
        answers:
          question.type === 'A'
            ? [{ name: question.name, type: 'A', class: 'IN', ttl: 1, data: address }]
            : [],
      });
      socket.send(answer, port, client);
    });
  }

  static async start(port: number, address: string): Promise<NameServer> {
    const socket = createSocket('udp4').bind(port, '127.0.0.1');
    await once(socket, 'listening');
    return new NameServer(socket, address);
  }

  /** Whether questions for IPv4 addresses get no answer. */
  loseQuestions(lose: boolean): void {
    this.silent = lose;
  }

  close(): void {
    this.socket.close();
  }
}
