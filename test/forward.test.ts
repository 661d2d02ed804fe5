/** Both ends of a forwarded port, with nothing but lines between them. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Connections, connections } from '../lab/forward/connections.ts';

describe('a forwarded port', () => {
  const servers: Server[] = [];
  let outside: Connections;
  let inside: Connections;
  let port = 0;
  const portOf = async (server: Server): Promise<number> => {
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  };
  /** A server inside, and the port outside that leads to it. */
  async function lead(serve: (socket: Socket) => void): Promise<number> {
    const target = await portOf(createServer(serve));
    outside = connections((line) => queueMicrotask(() => inside.take(line)));
    inside = connections(
      (line) => queueMicrotask(() => outside.take(line)),
      () => connect(target, '127.0.0.1'),
    );
    return portOf(createServer(outside.carry));
  }
  async function allOf(socket: Socket): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('latin1');
  }
  beforeEach(async () => {
    // Answers with what comes up to a line's end, and hangs up.
    port = await lead((socket) => {
      let said = '';
      socket.setEncoding('latin1').on('data', (text: string) => {
        said += text;
        if (said.endsWith('\n')) socket.end(said, 'latin1');
      });
    });
  });
  afterEach(async () => {
    outside.closeAll();
    inside.closeAll();
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  it('carries every byte of several connections at once, both ways, to the end', async () => {
    const said = ['a', '\0\r \u00ff', 'long'.repeat(500_000)].map((text) => `${text}\n`);
    const answers = said.map(async (text) => {
      const socket = connect(port, '127.0.0.1');
      socket.write(text, 'latin1');
      return allOf(socket);
    });
    expect(await Promise.all(answers)).toEqual(said);
  });

  it('tells the server inside when somebody outside hangs up', async () => {
    const gone = new Promise<string>((resolve) => {
      void lead((socket) => socket.resume().on('close', () => resolve('gone'))).then((other) =>
        connect(other, '127.0.0.1', function (this: Socket) {
          this.write('half a line', () => this.destroy());
        }),
      );
    });
    expect(await gone).toBe('gone');
  });

  it('hangs up where nobody listens inside, and where the other end has gone', async () => {
    const [server] = servers;
    server?.close();
    expect(await allOf(connect(port, '127.0.0.1'))).toBe('');
    const open = connect(await lead((socket) => socket.write('first')), '127.0.0.1');
    await once(open, 'data');
    outside.closeAll();
    expect(await allOf(open)).toBe('');
  });

  it('is asked for connections only from outside, and understands nothing else', () => {
    for (const line of ['open 1', 'frobnicate 1', '']) expect(() => outside.take(line)).toThrow('the other end of a forwarded port says');
  });
});
