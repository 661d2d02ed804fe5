/** Runs inside an emulated host, which has no network that reaches further: ports that lead into it, and out of it. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { openVirtioPort } from '../virtio-port.ts';
import { type Connections, connections } from './connections.ts';

/** The virtio port's name. */
export const FORWARD = 'forward';

/** Whoever comes to the forwarded port outside gets the server that listens here, as `ssh -L` would have it. Ends when it can be used, and goes on. */
export async function forward([port]: readonly string[]): Promise<void> {
  await openEnd(() => connect(Number(port), '127.0.0.1'));
}

/** Whoever comes to this port here gets the server that listens on it outside, as `ssh -R` would have it. Ends when it can be used, and goes on. */
export async function reach([port]: readonly string[]): Promise<void> {
  const { carry } = await openEnd();
  await once(createServer(carry).listen(Number(port), '127.0.0.1'), 'listening');
}

async function openEnd(connectHere?: () => Socket): Promise<Connections> {
  const { lines, write } = await openVirtioPort(FORWARD);
  const end = connections(write, connectHere);
  void (async () => {
    for await (const line of lines) end.take(line);
  })();
  return end;
}
