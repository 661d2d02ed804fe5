/** A running emulated host, whatever machine it plays: commands, its shared directory, its end. */
import { cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Shown } from '../debian/progress.ts';
import type { ProgramName } from '../programs.ts';
import { makeWorkDirectory } from '../work-directory.ts';
import { Agent, type CommandResult, MachineReset, TooLong } from './agent.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { Resident, type Wish } from './resident.ts';
import { lookAtSilence } from './silence.ts';

export interface BootOptions {
  /** Told what is being made before the host can start; standard error when missing. */
  readonly shown?: Shown;
  /** Where sockets, logs and the shared directory go; a temporary directory when missing. */
  readonly directory?: string;
}

/** What is booted: for once, or to keep what it writes on its disks. */
export interface MachineOptions extends BootOptions {
  readonly keepsDisks: boolean;
}

export interface LabHost {
  /** Runs a shell script as root; rejects when it takes longer than `timeoutMs` (60 s when missing). */
  readonly run: (script: string, timeoutMs?: number) => Promise<CommandResult>;
  /** What a script prints that has to succeed; within {@link SCRIPT_TIMEOUT_MS} when nothing else is said. */
  readonly sh: (script: string, timeoutMs?: number) => Promise<string>;
  /**
   * Runs a command line of hostdev in a process that stays: seconds are saved by that each time. Words are separated by blanks. What is
   * about the process itself (signals, its end, its start) is run with {@link HOSTDEV}.
   */
  readonly hostdev: (words: string, timeoutMs?: number) => Promise<CommandResult>;
  /** What a command line of hostdev prints that has to succeed. */
  readonly says: (words: string, timeoutMs?: number) => Promise<string>;
  /** Lines that a program of the laboratory tells, carried out by the same process. */
  readonly tells: (program: ProgramName, words: readonly string[], timeoutMs?: number) => Promise<string[]>;
  /** Runs a script that may reset the machine; undefined when it did, once the machine is up again. */
  readonly runOrReset: (script: string, timeoutMs: number) => Promise<CommandResult | undefined>;
  /** Directory outside that is /share inside. */
  readonly share: string;
  /** Logs: console.log, qemu.log. */
  readonly directory: string;
  /** Socket of a console with a shell. */
  readonly shellSocket: string;
  /** Socket of the virtio port that a port of this machine is forwarded by (`lab/forward/`). */
  readonly forwardSocket: string;
  readonly stop: () => Promise<void>;
}

/** Files that a machine's arguments name. */
export interface MachineFiles {
  readonly directory: string;
  readonly share: string;
  readonly consoleLog: string;
  readonly agentSocket: string;
  /** QEMU's monitor, for looking at a host that is silent. */
  readonly monitorSocket: string;
  readonly shellSocket: string;
  /** Socket of the process that carries out hostdev's command lines. */
  readonly commandSocket: string;
  readonly forwardSocket: string;
  /** An empty disk image with that many bytes. */
  readonly disk: (name: string, bytes: number) => Promise<string>;
}

/** Generous: the machine may be busy. */
const SCRIPT_TIMEOUT_MS = 300_000;
const COMMAND_TIMEOUT_MS = 300_000;
/** As long as a run of all tests. */
const RESIDENT_TIMEOUT_MS = 2 * 60 * 60_000;
const BOOT_TIMEOUT_MS = 180_000;
const OFF_TIMEOUT_MS = 10_000;
const LOOK_FOR_PANIC_MS = 2000;

/** Starts the emulator and waits for the agent inside. */
export async function runMachine(emulator: Emulator, options: MachineOptions, argumentsFor: (files: MachineFiles) => Promise<string[]>): Promise<LabHost> {
  const directory = options.directory ?? (await makeWorkDirectory('hostdev-lab-'));
  const files = await makeFiles(directory);
  const child = startEmulator(emulator, join(directory, 'qemu.log'), [
    ...(await argumentsFor(files)),
    ...['-qmp', `unix:${files.monitorSocket},server=on,wait=off`],
  ]);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  const killOnExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killOnExit);
  let panicWatch: NodeJS.Timeout | undefined;
  const clean = async (): Promise<void> => {
    clearInterval(panicWatch);
    process.removeListener('exit', killOnExit);
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  };
  try {
    const agent = await Agent.connect(files.agentSocket, files.share, 10_000, alive);
    panicWatch = setInterval(() => void lookForPanic(agent, files), LOOK_FOR_PANIC_MS).unref();
    await agent.ping(BOOT_TIMEOUT_MS);
    let dead: Error | undefined;
    let resident: Promise<Resident> | undefined;
    const run = async (script: string, timeoutMs = 60_000): Promise<CommandResult> => {
      // Waiting again for a host that has stopped would only cost the time of everybody behind.
      if (dead !== undefined) throw dead;
      try {
        return await agent.run(script, timeoutMs);
      } catch (error) {
        if (!alive()) throw new Error(`the emulated host ended: ${await lastWords(files)}`, { cause: error });
        if (!(error instanceof TooLong)) throw error;
        const { isDead, words } = await lookAtSilence({ agent, ...files });
        const told = new Error(`${error.message}: ${script.trim().slice(0, 300)}\n${words}`, { cause: error });
        if (isDead) dead = told;
        throw told;
      }
    };
    const startResident = async (): Promise<Resident> => {
      await installCommand({ share: files.share }, fileURLToPath(new URL('../../build/lab', import.meta.url)), 'lab');
      const begun = await Resident.connect(files.commandSocket, alive);
      const ended = (why: string): void => {
        resident = undefined;
        begun.giveUp(new Error(`the process that carries out hostdev's command lines has ended: ${why}`));
        begun.close();
      };
      agent.run('exec node /share/lab/resident/resident.cjs', RESIDENT_TIMEOUT_MS).then(
        ({ status, stderr }) => ended(`${status} ${stderr}`),
        (error: unknown) => ended((error as Error).message),
      );
      return begun;
    };
    const carryOut = async (wish: Wish, timeoutMs = COMMAND_TIMEOUT_MS): Promise<CommandResult> => {
      // Waiting again for a host that has stopped would only cost the time of everybody behind.
      if (dead !== undefined) throw dead;
      resident ??= startResident();
      try {
        return await (await resident).run(wish, timeoutMs);
      } catch (error) {
        // It is started anew for the next one.
        resident = undefined;
        throw new Error(`${wish.program ?? 'hostdev'} ${wish.words.join(' ')}: ${(error as Error).message}`, { cause: error });
      }
    };
    const hostdev = (words: string, timeoutMs?: number): Promise<CommandResult> => carryOut({ words: words.trim().split(/\s+/) }, timeoutMs);
    return {
      run,
      hostdev,
      says: async (words, timeoutMs) => {
        const { status, stdout, stderr } = await hostdev(words, timeoutMs);
        if (status !== 0) throw new Error(`hostdev ${words}\nended with ${status}: ${stderr}${stdout}`);
        return stdout;
      },
      tells: async (program, words, timeoutMs) => {
        const { status, stdout, stderr } = await carryOut({ program, words }, timeoutMs);
        if (status !== 0 || stderr !== '') throw new Error(`${program} ${words.join(' ')}\nended with ${status}: ${stderr}${stdout}`);
        return stdout.trim().split('\n');
      },
      sh: async (script, timeoutMs = SCRIPT_TIMEOUT_MS) => {
        const { status, stdout, stderr } = await run(script, timeoutMs);
        if (status !== 0) throw new Error(`${script}\nended with ${status}: ${stderr}${stdout}`);
        return stdout;
      },
      runOrReset: async (script, timeoutMs) => {
        try {
          return await run(script, timeoutMs);
        } catch (error) {
          if (!(error instanceof MachineReset)) throw error;
          await agent.ping(BOOT_TIMEOUT_MS);
          return undefined;
        }
      },
      share: files.share,
      directory,
      shellSocket: files.shellSocket,
      forwardSocket: files.forwardSocket,
      stop: async () => {
        // One whose disks are thrown away has nothing to write back.
        if (options.keepsDisks) {
          if (alive()) agent.powerOff();
          await Promise.race([ended, sleep(OFF_TIMEOUT_MS, undefined, { ref: false })]);
        }
        agent.close();
        if (alive()) child.kill('SIGKILL');
        await ended;
        await clean();
      },
    };
  } catch (error) {
    if (alive()) child.kill('SIGKILL');
    await ended;
    const words = await lastWords(files);
    await clean();
    throw new Error(`the emulated host did not come up: ${(error as Error).message}\n${words}`, { cause: error });
  }
}

/** A kernel that has panicked answers nothing, and the time limits of what waits for it are long. */
async function lookForPanic(agent: Agent, { consoleLog }: MachineFiles): Promise<void> {
  const console = await readFile(consoleLog, 'utf8').catch(() => '');
  if (console.includes('Kernel panic - not syncing')) agent.giveUp(new Error(`the kernel of the emulated host has panicked:\n${console.slice(-4000)}`));
}

/** The ends of what the emulator and the kernel inside said. */
async function lastWords({ directory, consoleLog }: MachineFiles): Promise<string> {
  const ends = await Promise.all([join(directory, 'qemu.log'), consoleLog].map((path) => readFile(path, 'utf8').catch(() => '')));
  return ends.map((text) => text.slice(-2000)).join('\n');
}

async function makeFiles(directory: string): Promise<MachineFiles> {
  const share = join(directory, 'share');
  await mkdir(join(share, 'jobs'), { recursive: true });
  return {
    directory,
    share,
    consoleLog: join(directory, 'console.log'),
    agentSocket: join(directory, 'agent.sock'),
    monitorSocket: join(directory, 'monitor.sock'),
    shellSocket: join(directory, 'shell.sock'),
    commandSocket: join(directory, 'command.sock'),
    forwardSocket: join(directory, 'forward.sock'),
    disk: async (name, bytes) => {
      const path = join(directory, `${name}.img`);
      await writeFile(path, `disk ${name}\n`);
      await truncate(path, bytes);
      return path;
    },
  };
}

/**
 * The shared directory, as /share inside. What is inside owns its files in QEMU's notes beside them and not outside, where only root may give
 * files away; libvirt gives the console of a guest to the guest's user.
 */
export function shareArguments({ share }: Pick<MachineFiles, 'share'>, device: string): string[] {
  return ['-fsdev', `local,id=share,path=${share},security_model=mapped-file,multidevs=remap`, '-device', `${device},fsdev=share,mount_tag=share`];
}

/** The virtio ports of a host that has a bus for them: the agent's, that of what carries out command lines, and that of a forwarded port. */
export function portArguments({ agentSocket, commandSocket, forwardSocket }: MachineFiles): string[] {
  const ports = [
    ['agent', agentSocket],
    ['hostdev', commandSocket],
    ['forward', forwardSocket],
  ] as const;
  return ports.flatMap(([name, path]) => [
    ...['-chardev', `socket,id=${name},path=${path},server=on,wait=off`],
    ...['-device', `virtserialport,chardev=${name},name=${name}`],
  ]);
}

/** Copies a built program into the shared directory; the command, where nothing else is said. */
export async function installCommand(host: Pick<LabHost, 'share'>, built: string, name = 'hostdev'): Promise<void> {
  await cp(built, join(host.share, name), { recursive: true });
}

/** Shell words that run the copied command. The host has no locales; what is printed of others' words is UTF-8 all the same. */
export const HOSTDEV = 'LC_CTYPE=C.UTF-8 node /share/hostdev/cli.cjs';
