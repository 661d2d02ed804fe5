/** A libvirtd that has all the clients it may have: it lets others connect, and says nothing. */
import { unlink } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';

export interface SilentServer {
  readonly sockets: ReadonlySet<Socket>;
  readonly stop: () => Promise<void>;
}

/** Takes the place of the server that listens at a path; connections that are there stay with that one. */
export async function silenceSocket(path: string): Promise<SilentServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined).resume()));
  await unlink(path);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    sockets,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
