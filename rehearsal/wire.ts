import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * The cable between the two sides: a TCP proxy that records every byte in both directions, can alter
 * one, and can lead somewhere else. Unlike a packet capture it needs no root.
 */
export class Wire {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private recording: Map<string, Buffer[]> | undefined;
  private altering: { direction: Direction; after: number; done: boolean } | undefined;
  connections = 0;

  private constructor(
    readonly port: number,
    private target: number,
    private readonly home: number,
  ) {
    this.server = createServer((near) => this.carry(near));
  }

  /** @param port where it listens, @param target where it leads, both on 127.0.0.1 */
  static async open(port: number, target: number): Promise<Wire> {
    const wire = new Wire(port, target, target);
    wire.server.listen(port, '127.0.0.1');
    await once(wire.server, 'listening');
    return wire;
  }

  /** Records what crosses while `action` runs: one stream for each connection and direction. */
  async record(action: () => Promise<unknown>): Promise<Buffer[]> {
    this.recording = new Map();
    try {
      await action();
      return [...this.recording.values()].map((chunks) => Buffer.concat(chunks));
    } finally {
      this.recording = undefined;
    }
  }

  /**
   * Alters one bit of the first chunk of a direction that comes after so many bytes of a connection
   * have passed in it. @returns whether it came to that
   */
  async alter(
    direction: Direction,
    after: number,
    action: () => Promise<unknown>,
  ): Promise<boolean> {
    const altering = { direction, after, done: false };
    this.altering = altering;
    try {
      await action();
      return altering.done;
    } finally {
      this.altering = undefined;
    }
  }

  /** Leads new connections elsewhere while `action` runs, and cuts those that are open. */
  async redirect<T>(port: number, action: () => Promise<T>): Promise<T> {
    this.target = port;
    this.cut();
    try {
      return await action();
    } finally {
      this.target = this.home;
      this.cut();
    }
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.server.close();
    this.cut();
  }

  private carry(near: Socket): void {
    const far = connect(this.target, '127.0.0.1');
    this.connections += 1;
    const connection = this.connections;
    this.pass(connection, near, far, 'there');
    this.pass(connection, far, near, 'back');
  }

  private pass(connection: number, from: Socket, to: Socket, direction: Direction): void {
    let passed = 0;
    this.sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => {
      const { altering } = this;
      let sent = chunk;
      if (altering?.direction === direction && !altering.done && passed >= altering.after) {
        // The last byte but a few: inside the record's encrypted content or its tag.
        sent = Buffer.from(chunk);
        const at = sent.length - Math.min(20, sent.length);
        sent[at] = (sent[at] ?? 0) ^ 1;
        altering.done = true;
      }
      passed += chunk.length;
      if (this.recording !== undefined) {
        const stream = `${connection} ${direction}`;
        this.recording.set(stream, [...(this.recording.get(stream) ?? []), chunk]);
      }
      if (!to.write(sent)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
  }
}

/** From the caller's side to the callee's, or back. */
export type Direction = 'there' | 'back';
