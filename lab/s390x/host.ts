/** A running emulated IBM Z host: boot, run commands, read its console, switch it off. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type CommandResult } from '../machine/agent.ts';
import { buildImages, type Images } from './image.ts';
import { HOST_COMMAND_LINE, HOST_FUNCTIONS } from './recipe.ts';

export interface BootOptions {
  readonly progress?: (message: string) => void;
  /** Where sockets, logs and the shared directory go; a temporary directory when missing. */
  readonly directory?: string;
}

export interface LabHost {
  /** Runs a shell script as root; rejects when it takes longer than `timeoutMs` (60 s when missing). */
  readonly run: (script: string, timeoutMs?: number) => Promise<CommandResult>;
  /** Directory outside that is /share inside. */
  readonly share: string;
  /** Logs: console.log, qemu.log. */
  readonly directory: string;
  /** Socket of a console with a shell. */
  readonly shellSocket: string;
  readonly stop: () => Promise<void>;
}

const BOOT_TIMEOUT_MS = 120_000;
const OFF_TIMEOUT_MS = 10_000;

/** Builds what is missing and boots. */
export async function bootHost(options: BootOptions = {}): Promise<LabHost> {
  const progress = options.progress ?? (() => undefined);
  const images = await buildImages(progress, fillCaches);
  progress('booting');
  return boot(images, options, false);
}

/** libvirt asks QEMU for its abilities once; the answer stays in the image, which saves seconds at every start. */
async function fillCaches(images: Images): Promise<void> {
  const host = await boot(images, {}, true);
  try {
    const result = await host.run(`${WAIT_FOR_LIBVIRT} && virsh -q domcapabilities --virttype qemu >/dev/null`, 120_000);
    if (result.status !== 0) throw new Error(`libvirt in the new image does not answer: ${result.stderr}`);
  } finally {
    await host.stop();
  }
}

/** Shell words that end when libvirtd listens. */
export const WAIT_FOR_LIBVIRT =
  'n=0; while [ ! -S /run/libvirt/libvirt-sock ] && [ $n -lt 600 ]; do usleep 100000; n=$((n+1)); done; [ -S /run/libvirt/libvirt-sock ]';

async function boot(images: Images, options: BootOptions, writable: boolean): Promise<LabHost> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'hostdev-lab-')));
  const share = join(directory, 'share');
  await mkdir(join(share, 'jobs'), { recursive: true });
  const disks = await makeDisks(directory);
  const agentSocket = join(directory, 'agent.sock');
  const shellSocket = join(directory, 'shell.sock');
  const child = startEmulator(images, directory, [
    ...['-name', 'z-host', '-M', 's390-ccw-virtio', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-m', '1280M', '-smp', '2'],
    ...['-display', 'none', '-nodefaults', '-no-user-config', '-no-reboot'],
    ...['-chardev', `file,id=console,path=${join(directory, 'console.log')}`, '-device', 'sclpconsole,chardev=console'],
    ...['-kernel', images.kernel, '-initrd', images.initramfs, '-append', HOST_COMMAND_LINE],
    ...['-drive', `if=none,id=root,file=${images.root},format=raw,snapshot=${writable ? 'off' : 'on'},cache=unsafe`],
    ...['-device', 'virtio-blk-ccw,devno=fe.0.0001,drive=root', '-device', 'virtio-serial-ccw,devno=fe.0.0002'],
    ...['-chardev', `socket,id=agent,path=${agentSocket},server=on,wait=off`, '-device', 'virtserialport,chardev=agent,name=agent'],
    ...['-chardev', `socket,id=shell,path=${shellSocket},server=on,wait=off`, '-device', 'virtconsole,chardev=shell'],
    ...['-fsdev', `local,id=share,path=${share},security_model=none,multidevs=remap`, '-device', 'virtio-9p-ccw,fsdev=share,mount_tag=share'],
    ...HOST_FUNCTIONS.flatMap((f) => [
      ...f.backend.map((argument) => argument.replace('{disk}', disks.get(f.id) ?? '')),
      ...['-device', `zpci,uid=${f.uid},fid=${f.fid},target=${f.id}`, '-device', f.device],
    ]),
  ]);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  const killOnExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const clean = async (): Promise<void> => {
    process.removeListener('exit', killOnExit);
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  };
  try {
    const agent = await Agent.connect(agentSocket, share, 10_000, alive);
    await agent.ping(BOOT_TIMEOUT_MS);
    return {
      run: (script, timeoutMs = 60_000) => agent.run(script, timeoutMs),
      share,
      directory,
      shellSocket,
      stop: async () => {
        if (alive()) agent.powerOff();
        await Promise.race([ended, sleep(OFF_TIMEOUT_MS, undefined, { ref: false })]);
        agent.close();
        if (alive()) child.kill('SIGKILL');
        await ended;
        await clean();
      },
    };
  } catch (error) {
    if (alive()) child.kill('SIGKILL');
    await ended;
    const log = await readFile(join(directory, 'qemu.log'), 'utf8').catch(() => '');
    const console = await readFile(join(directory, 'console.log'), 'utf8').catch(() => '');
    await clean();
    throw new Error(`the emulated host did not come up: ${(error as Error).message}\n${log.slice(-2000)}${console.slice(-2000)}`, { cause: error });
  }
}

async function makeDisks(directory: string): Promise<Map<string, string>> {
  const disks = new Map<string, string>();
  for (const { id, backend } of HOST_FUNCTIONS) {
    if (!backend.some((argument) => argument.includes('{disk}'))) continue;
    const path = join(directory, `${id}.img`);
    await writeFile(path, `disk ${id}\n`);
    await truncate(path, 16 * 1024 * 1024);
    disks.set(id, path);
  }
  return disks;
}

/**
 * Starts Debian 13's QEMU with its own loader and libraries, so that it runs on any Debian. Its module
 * directory is a fixed path: where the machine has one of another QEMU, ours is put over it in a mount
 * namespace of our own.
 */
function startEmulator(images: Images, directory: string, args: readonly string[]): ChildProcess {
  const library = libraryDirectory();
  const program = [
    ...loader(images.emulator, library),
    join(images.emulator, 'usr/bin/qemu-system-s390x'),
    ...['-L', join(images.emulator, 'usr/share/qemu')],
    ...args,
  ];
  const fixed = join('/', library, 'qemu');
  const log = openSync(join(directory, 'qemu.log'), 'a');
  try {
    const [file, ...rest] = existsSync(fixed)
      ? ['unshare', '-m', 'sh', '-c', 'mount --bind "$1" "$2" || exit 1; shift 2; exec "$@"', 'qemu', join(images.emulator, library, 'qemu'), fixed, ...program]
      : program;
    // Should this process die without a chance to clean up, the emulator dies with it.
    return spawn('setpriv', ['--pdeathsig', 'KILL', file ?? '', ...rest], { stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

const MULTIARCH: Readonly<Record<string, readonly [directory: string, loader: string]>> = {
  x64: ['usr/lib/x86_64-linux-gnu', 'ld-linux-x86-64.so.2'],
  arm64: ['usr/lib/aarch64-linux-gnu', 'ld-linux-aarch64.so.1'],
  s390x: ['usr/lib/s390x-linux-gnu', 'ld64.so.1'],
};

function libraryDirectory(): string {
  return MULTIARCH[process.arch]?.[0] ?? 'usr/lib';
}

function loader(tree: string, library: string): string[] {
  return [join(tree, library, MULTIARCH[process.arch]?.[1] ?? ''), '--library-path', join(tree, library)];
}

/** Copies a built program into the shared directory; the command, where nothing else is said. */
export async function installCommand(host: LabHost, built: string, name = 'hostdev'): Promise<void> {
  await cp(built, join(host.share, name), { recursive: true });
}

/** Shell words that run the copied command. */
export const HOSTDEV = 'node /share/hostdev/cli.mjs';
