/** A connection to an emulated host over which requests and answers go as lines. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 50;

/** Connects as soon as the emulator listens. */
export async function connectPort(path: string, timeoutMs: number, alive: () => boolean): Promise<Socket> {
  const give = Date.now() + timeoutMs;
  for (;;) {
    const socket = await tryConnect(path);
    if (socket !== undefined) return socket;
    if (!alive()) throw new Error('the emulator ended at once');
    if (Date.now() > give) throw new Error('the emulator does not listen');
    await sleep(LOOK_MS);
  }
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

/** Tells each whole line that comes. */
export function onLines(socket: Socket, tell: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) tell(line);
  });
}
