/** Where the members of a cluster are: all on loopback, or each in a network namespace of its own, whose link can be taken down. */
import { type ChildProcess, spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import type { NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { run } from '../../process.ts';

export interface Network {
  /** The address of a member; ports are etcd's. */
  readonly address: (member: number) => string;
  /** Words before a command line that runs where a member is. */
  readonly where: (member: number) => readonly string[];
  /** How this process comes to a member. */
  readonly way: (member: number) => NetConnectOpts;
  readonly end: () => Promise<void>;
}

/** What can be done to a network of namespaces. */
export interface SeparateNetwork extends Network {
  readonly link: (member: number, state: 'up' | 'down') => Promise<void>;
}

export const CLIENT_PORT = 2379;
export const PEER_PORT = 2380;

/** Addresses of loopback that no other run has: of 127/8 every one is this machine's. */
export function onLoopback(): Network {
  const address = (member: number): string => `127.${1 + ((process.pid >> 16) & 0x3f)}.${(process.pid >> 8) & 0xff}.${(process.pid & 0xfc) + member + 1}`;
  return { address, where: () => [], way: (member) => ({ host: address(member), port: CLIENT_PORT }), end: async () => undefined };
}

/** Connects what comes to a unix socket, which is seen from everywhere, with an address of the namespace that it runs in. */
const BRIDGE = `const net = require('node:net');
const [path, host, port] = process.argv.slice(1);
net.createServer((near) => {
  const far = net.connect(port, host);
  near.on('error', () => far.destroy()).on('close', () => far.destroy());
  far.on('error', () => near.destroy()).on('close', () => near.destroy());
  near.pipe(far).pipe(near);
}).listen(path);`;

/** Namespaces of the test's own, one for each member, and one with a bridge between them. Nothing of this machine's network is touched. */
export async function inNamespaces(members: number, directory: string): Promise<SeparateNetwork> {
  const running: ChildProcess[] = [];
  const start = (program: string, args: readonly string[]): ChildProcess => {
    const child = spawn(program, args, { stdio: 'ignore' });
    running.push(child);
    return child;
  };
  const end = async (): Promise<void> => {
    for (const child of running) child.kill('SIGKILL');
  };
  try {
    const [hub, ...each] = Array.from({ length: members + 1 }, () => start('unshare', ['--net', 'sleep', '3600']));
    const into = (child: ChildProcess | undefined): string[] => ['nsenter', '--net', `--target=${child?.pid}`];
    const within = (child: ChildProcess | undefined, ...words: string[]): Promise<string> => {
      const [program = '', ...args] = [...into(child), ...words];
      return run(program, args);
    };
    for (const child of running) await separate(child.pid ?? 0);
    const address = (member: number): string => `10.77.0.${11 + member}`;
    const socket = (member: number): string => join(directory, `member-${member}.sock`);
    await within(hub, 'ip', 'link', 'add', 'name', 'bridge', 'type', 'bridge');
    await within(hub, 'ip', 'address', 'add', '10.77.0.1/24', 'dev', 'bridge');
    await within(hub, 'ip', 'link', 'set', 'bridge', 'up');
    for (const [member, child] of each.entries()) {
      await within(hub, 'ip', 'link', 'add', 'name', `member${member}`, 'type', 'veth', 'peer', 'name', 'uplink', 'netns', `${child.pid}`);
      await within(hub, 'ip', 'link', 'set', `member${member}`, 'master', 'bridge', 'up');
      await within(child, 'ip', 'link', 'set', 'lo', 'up');
      await within(child, 'ip', 'address', 'add', `${address(member)}/24`, 'dev', 'uplink');
      await within(child, 'ip', 'link', 'set', 'uplink', 'up');
      // The way of the client is not that of the members to each other: a member that is cut off can still be asked.
      const [program = '', ...args] = [...into(child), process.execPath, '-e', BRIDGE, socket(member), address(member), `${CLIENT_PORT}`];
      start(program, args);
    }
    return {
      address,
      where: (member) => into(each[member]),
      way: (member) => ({ path: socket(member) }),
      link: async (member, state) => void (await within(hub, 'ip', 'link', 'set', `member${member}`, state)),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Waits until a process has the namespace that it was started for. */
async function separate(pid: number): Promise<void> {
  const { readlink } = await import('node:fs/promises');
  const own = await readlink('/proc/self/ns/net');
  for (let tried = 0; tried < 500; tried += 1) {
    await access(`/proc/${pid}`);
    if ((await readlink(`/proc/${pid}/ns/net`)) !== own) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('no network namespace was made');
}
