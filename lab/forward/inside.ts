/** Runs inside an emulated host: whoever comes to the forwarded port outside gets the server that listens here, as `ssh -L` would have it. */
import { connect } from 'node:net';
import { openVirtioPort } from '../virtio-port.ts';
import { connections } from './connections.ts';

/** The virtio port's name. */
export const FORWARD = 'forward';

/** Ends when the port can be used, and goes on with it. */
export async function forward([port]: readonly string[]): Promise<void> {
  const { lines, write } = await openVirtioPort(FORWARD);
  const { take } = connections(write, () => connect(Number(port), '127.0.0.1'));
  void (async () => {
    for await (const line of lines) take(line);
  })();
}
