/** A cluster of etcd with TLS, made for one run: each member a process, which can be killed, stopped and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateFiles } from '../../../src/fleet/etcd/certificate.ts';
import { run } from '../../process.ts';
import { type Authority, makeAuthority } from './certificates.ts';
import { CLIENT_PORT, type Network, onLoopback, PEER_PORT } from './network.ts';
import { type EtcdRelease, etcdProgram } from './programs.ts';
import { type Relay, startRelay } from './relay.ts';
import { stopProcess } from './stopped.ts';

export interface ClusterWish {
  readonly release: EtcdRelease;
  readonly members: number;
  /** Bytes that it takes. */
  readonly quota?: number;
  /** So long a leader may be silent before another one is chosen: more than etcd's second where the machine is busy with other things. */
  readonly electionMs?: number;
  readonly network?: (directory: string) => Promise<Network>;
}

export interface Cluster {
  readonly authority: Authority;
  /** The certificate of etcd's root. */
  readonly root: CertificateFiles;
  /** From now on rights are asked for; root has all. */
  readonly enableRights: () => Promise<void>;
  /** A way of its own to each member. */
  readonly relays: () => Promise<readonly Relay[]>;
  readonly signal: (member: number, signal: 'SIGKILL' | 'SIGCONT') => void;
  /** Stops a member; done when nothing of it runs any more. It goes on with SIGCONT. */
  readonly stop: (member: number) => Promise<void>;
  /** Starts a member that was killed, on what it had. */
  readonly restart: (member: number) => Promise<void>;
  /** Which one leads, as the members that answer say. */
  readonly leader: () => Promise<number>;
  /** etcdctl as root, asking all members or one. */
  readonly etcdctl: (args: readonly string[], member?: number) => Promise<string>;
  readonly end: () => Promise<void>;
}

const START_MS = 30_000;

export async function startCluster({ release, members, quota, electionMs, network: makeNetwork }: ClusterWish): Promise<Cluster> {
  const directory = await mkdtemp(join(tmpdir(), 'hostdev-etcd-'));
  const network = (await makeNetwork?.(directory)) ?? onLoopback();
  const authority = await makeAuthority(join(directory, 'pki'));
  const numbers = Array.from({ length: members }, (_, i) => i);
  const root = await authority.issue({ user: 'root' });
  const own = await authority.issue({ user: 'member', addresses: ['127.0.0.1', ...numbers.map(network.address)] });
  const program = await etcdProgram(release, 'etcd');
  const ctl = await etcdProgram(release, 'etcdctl');
  const clientUrl = (member: number): string => `https://${network.address(member)}:${CLIENT_PORT}`;
  const peerUrl = (member: number): string => `https://${network.address(member)}:${PEER_PORT}`;
  const processes: ChildProcess[] = [];
  const words: string[] = numbers.map(() => '');
  const relays: Relay[] = [];

  function start(member: number): void {
    const [first = '', ...rest] = [...network.where(member), ...program];
    const child = spawn(
      first,
      [
        ...rest,
        ...[`--name=m${member}`, `--data-dir=${join(directory, `m${member}`)}`, '--initial-cluster-state=new', '--log-level=warn'],
        ...[`--listen-client-urls=${clientUrl(member)}`, `--advertise-client-urls=${clientUrl(member)}`],
        ...[`--listen-peer-urls=${peerUrl(member)}`, `--initial-advertise-peer-urls=${peerUrl(member)}`],
        `--initial-cluster=${numbers.map((each) => `m${each}=${peerUrl(each)}`).join()}`,
        ...['--client-cert-auth', `--trusted-ca-file=${authority.file}`, `--cert-file=${own.certificate}`, `--key-file=${own.key}`],
        ...['--peer-client-cert-auth', `--peer-trusted-ca-file=${authority.file}`, `--peer-cert-file=${own.certificate}`, `--peer-key-file=${own.key}`],
        ...(quota === undefined ? [] : [`--quota-backend-bytes=${quota}`]),
        ...(electionMs === undefined ? [] : [`--election-timeout=${electionMs}`, `--heartbeat-interval=${electionMs / 20}`]),
        // What is written has to outlive processes here, not the machine.
        ...(release === '3.5' ? ['--unsafe-no-fsync'] : []),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    child.stderr?.on('data', (chunk: Buffer) => (words[member] = `${words[member]}${chunk.toString()}`.slice(-4000)));
    child.on('error', (error) => (words[member] += error.message));
    processes[member] = child;
  }

  const etcdctl = async (args: readonly string[], member?: number): Promise<string> => {
    const asked = member === undefined ? numbers : [member];
    const [first = '', ...rest] = [...network.where(member ?? 0), ...ctl];
    return run(
      first,
      [
        ...rest,
        `--endpoints=${asked.map(clientUrl).join()}`,
        `--cacert=${root.ca}`,
        `--cert=${root.certificate}`,
        `--key=${root.key}`,
        '--command-timeout=4s',
        ...args,
      ],
      { env: { ...process.env, ETCDCTL_API: '3' }, timeoutMs: 30_000 },
    );
  };

  async function healthy(member: number): Promise<void> {
    for (const began = performance.now(); ; ) {
      try {
        return void (await etcdctl(['endpoint', 'health'], member));
      } catch (error) {
        const ended = processes[member]?.exitCode ?? null;
        if (ended !== null || performance.now() - began > START_MS) throw new Error(`member ${member} does not answer: ${words[member]}`, { cause: error });
      }
    }
  }

  async function leader(): Promise<number> {
    let said = '';
    for (const began = performance.now(); performance.now() - began < START_MS; ) {
      for (const member of numbers) {
        const status = await etcdctl(['endpoint', 'status', '--write-out=json'], member).catch((error: Error) => void (said = error.message));
        const [found] = JSON.parse(status ?? '[]') as { Status: { header: { member_id: number }; leader: number } }[];
        if (found !== undefined && found.Status.leader === found.Status.header.member_id) return member;
      }
    }
    throw new Error(`no member says that it leads: ${said} ${words.join()}`);
  }

  const end = async (): Promise<void> => {
    for (const relay of relays) await relay.end();
    const closing = processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null).map((child) => once(child, 'close'));
    for (const child of processes) child.kill('SIGKILL');
    await Promise.all(closing);
    await network.end();
    await rm(directory, { recursive: true, force: true });
  };

  try {
    numbers.forEach(start);
    await Promise.all(numbers.map(healthy));
  } catch (error) {
    await end();
    throw error;
  }
  return {
    ...{ authority, root, etcdctl, leader, end },
    async enableRights() {
      await etcdctl(['user', 'add', 'root', '--no-password']);
      await etcdctl(['user', 'grant-role', 'root', 'root']);
      await etcdctl(['auth', 'enable']);
    },
    async relays() {
      const made = await Promise.all(numbers.map((member) => startRelay(network.way(member))));
      relays.push(...made);
      return made;
    },
    signal: (member, signal) => void processes[member]?.kill(signal),
    async stop(member) {
      const pid = processes[member]?.pid;
      if (pid === undefined) throw new Error(`member ${member} does not run`);
      await stopProcess(pid);
    },
    async restart(member) {
      start(member);
      await healthy(member);
    },
  };
}
