/** An ssh server inside the tree of a libvirtd: for connections over ssh to this very machine. */
import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../process.ts';
import { type InsideProcess, spawnInside } from './inside.ts';

export interface Sshd {
  readonly port: number;
  /** The client's key. */
  readonly keyFile: string;
  readonly knownHosts: string;
  readonly stop: () => Promise<void>;
}

/** A port that nobody has; somebody may take it before we do, which then is an error. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** `directory` is where the client's files go. */
export async function startSshd(tree: string, directory: string): Promise<Sshd> {
  const port = await freePort();
  const config = '/etc/ssh/lab';
  await rm(join(tree, config), { recursive: true, force: true });
  await mkdir(join(tree, config), { recursive: true, mode: 0o700 });
  await mkdir(join(tree, 'run/sshd'), { recursive: true });
  const [hostKey, clientKey] = [join(tree, config, 'host'), join(directory, 'key')];
  for (const file of [hostKey, clientKey]) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  await cp(`${clientKey}.pub`, join(tree, config, 'authorized'));
  await chmod(join(tree, config, 'authorized'), 0o600);
  const settings = [
    ...[`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${config}/host`, `AuthorizedKeysFile ${config}/authorized`],
    ...['PermitRootLogin prohibit-password', 'UsePAM no', 'StrictModes no', 'PidFile none'],
  ];
  await writeFile(join(tree, config, 'sshd_config'), `${settings.join('\n')}\n`);
  const sshd = spawnInside(tree, ['/usr/sbin/sshd', '-D', '-e', '-f', `${config}/sshd_config`], { network: true });
  const knownHosts = join(directory, 'known_hosts');
  await writeFile(knownHosts, await scan(port, sshd));
  return { port, keyFile: clientKey, knownHosts, stop: sshd.stop };
}

/** The host's key as ssh wants it; there once the server listens. */
async function scan(port: number, sshd: InsideProcess): Promise<string> {
  for (let i = 0; i < 100; i += 1) {
    const line = await run('ssh-keyscan', ['-p', String(port), '-t', 'ed25519', '127.0.0.1']).catch(() => '');
    if (line.includes('ssh-ed25519')) return line;
    if (!sshd.alive()) break;
    await sleep(100);
  }
  throw new Error(`sshd did not start: ${await sshd.words()}`);
}
