/** A port of this machine that leads to the same port of an emulated host, which has no network that reaches further. */
import { type AddressInfo, createServer } from 'node:net';
import { connectPort, onLines } from '../machine/lines.ts';
import type { LabHost } from '../machine/running.ts';
import { connections } from './connections.ts';

const CONNECT_MS = 10_000;

export interface ForwardedPort {
  /** Of 127.0.0.1, here and there: the page's server asks what browsers call it. */
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Any port that is free here. A host has one at a time. */
export async function forwardPort(host: Pick<LabHost, 'forwardSocket' | 'tells'>): Promise<ForwardedPort> {
  const line = await connectPort(host.forwardSocket, CONNECT_MS, () => true);
  const { carry, take, closeAll } = connections((text) => void line.write(`${text}\n`));
  onLines(line, take);
  line.on('error', () => undefined);
  line.on('close', closeAll);
  const server = createServer(carry);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await host.tells('forward', [String(port)]);
  return {
    port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      closeAll();
      line.destroy();
      await closed;
    },
  };
}
