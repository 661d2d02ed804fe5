/** A shell in the emulated host, for whoever wants to look around. */
import { connect } from 'node:net';
import { HOSTDEV, type LabHost } from '../machine/running.ts';

const LEAVE = 0x1d;

/** Connects this terminal with a shell in the host until Ctrl-] or the end of input. */
export async function openShell(host: LabHost): Promise<void> {
  process.stderr.write(`a shell in the emulated host (hostdev is '${HOSTDEV}'); Ctrl-] leaves it and switches the host off\n`);
  const socket = connect(host.shellSocket);
  const { stdin, stdout } = process;
  await new Promise<void>((resolve) => {
    stdin.setRawMode?.(true);
    socket.on('data', (chunk) => void stdout.write(chunk));
    socket.on('close', resolve);
    socket.on('error', () => resolve());
    stdin.on('data', (chunk: Buffer) => {
      if (chunk.includes(LEAVE)) resolve();
      else socket.write(chunk);
    });
    // A script's last command still gets its answer.
    stdin.on('end', () => setTimeout(resolve, 3000));
    socket.write('\n');
  });
  stdin.setRawMode?.(false);
  stdin.pause();
  socket.destroy();
}
