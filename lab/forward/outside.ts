/** Ports of this machine and of an emulated host, which has no network that reaches further, that lead to each other. A host has one of them at a time. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { connectPort, onLines } from '../machine/lines.ts';
import type { LabHost } from '../machine/running.ts';
import { type Connections, connections } from './connections.ts';

const CONNECT_MS = 10_000;

type ForwardingHost = Pick<LabHost, 'forwardSocket' | 'tells'>;

export interface ForwardedPort {
  /** Of 127.0.0.1, here and there: the page's server asks what browsers call it. */
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Any port that is free here leads to the same port of the host. */
export async function forwardPort(host: ForwardingHost): Promise<ForwardedPort> {
  const { carry, closeAll, hangUp } = await openEnd(host);
  const server = createServer(carry);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await host.tells('forward', [String(port)]);
  return {
    port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      closeAll();
      hangUp();
      await closed;
    },
  };
}

/** A port of the host leads to the same port here, of 127.0.0.1: what runs there reaches a server that listens here. Comes back with what ends that. */
export async function openWayOut(host: ForwardingHost, port: number): Promise<() => void> {
  const { closeAll, hangUp } = await openEnd(host, () => connect(port, '127.0.0.1'));
  await host.tells('reach', [String(port)]);
  return () => {
    closeAll();
    hangUp();
  };
}

interface End extends Connections {
  readonly hangUp: () => void;
}

async function openEnd({ forwardSocket }: ForwardingHost, connectHere?: () => Socket): Promise<End> {
  const line = await connectPort(forwardSocket, CONNECT_MS, () => true);
  const end = connections((text) => void line.write(`${text}\n`), connectHere);
  onLines(line, end.take);
  line.on('error', () => undefined);
  line.on('close', end.closeAll);
  return { ...end, hangUp: () => line.destroy() };
}
