/** The port to a real machine, or to a copy of its sysfs below another directory. */
import { closeSync, constants, existsSync, open, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { HostdevError } from '../errors.ts';
import type { ClaimState } from '../state/host-state.ts';
import { ASKED_ADDRESSES } from '../state/network-uses.ts';
import type { ByteOrder } from '../state/snapshot.ts';
import { parseIpAddresses } from './ip-addresses.ts';
import type { HostPort } from './port.ts';

/** Codes that mean "not there (any more)" or "nothing to say": functions may vanish while they are read. */
const ABSENT = new Set(['ENOENT', 'ENODEV', 'ENXIO', 'ENOTDIR', 'EINVAL', 'EISDIR', 'ELOOP', 'ESRCH', 'ENOTSUP']);

const READ_LIMIT = 64 * 1024;
const MODULE_TIMEOUT_MS = 30_000;
const RUN_TIMEOUT_MS = 30_000;

/**
 * Opens the machine. `root` is where its tree begins: a directory that holds `sys`, or that is itself a
 * copy of /sys.
 *
 * Reading is synchronous underneath: an attribute of sysfs takes a few microseconds, and a thread pool would take
 * five times as long for the same.
 *
 * @throws {HostdevError} `file-not-found` when a root is given and holds neither.
 * @example
 * ```ts
 * import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
 * import { openMachine } from 'hostdev/host';
 * const root = mkdtempSync('/tmp/hostdev-example-');
 * mkdirSync(`${root}/sys/bus/pci/devices/0000:01:00.0`, { recursive: true });
 * writeFileSync(`${root}/sys/bus/pci/devices/0000:01:00.0/vendor`, '0x8086');
 * const port = openMachine(root);
 * console.log(port.live, await port.list('/sys/bus/pci/devices/0000:01:00.0')); // → false { 0: vendor }
 * ```
 */
export function openMachine(root = '/'): HostPort {
  const resolve = resolver(root);
  const live = root === '/';
  const refused = new Map<string, string>();
  const turn = turnTaker();
  return {
    live,
    byteOrder: live ? ownByteOrder() : undefined,
    refused,
    read: async (path, limit = READ_LIMIT) => tolerant(refused, path, () => readUpTo(resolve(path), limit)),
    attributes: async (directory, names) => readAttributes(refused, directory, resolve(directory), names),
    list: async (path) => {
      await turn();
      return tolerant(refused, path, () => readdirSync(resolve(path)).sort());
    },
    readlink: async (path) => tolerant(refused, path, () => readlinkSync(resolve(path))),
    // What changes something, or runs a program, is loaded when that is done: most commands only read.
    write: async (path, text) => {
      const { mayBlock, writeInChild, writeOnce } = await import('./write.ts');
      await (live && mayBlock(path) ? writeInChild(path, text) : writeOnce(resolve(path), text));
    },
    replaceFile: async (path, text, mode) => (await import('../files/replace-file.ts')).replaceFile(resolve(path), text, mode),
    addresses: async () => (live ? readAddresses(refused) : new Map()),
    sessionAddress: live ? process.env['SSH_CONNECTION']?.split(' ')[2] : undefined,
    claimState: async (path) => (live ? readClaimState(path) : 'not asked'),
    loadModule: async (name) => {
      if (live) await runBounded('modprobe', ['--', name], MODULE_TIMEOUT_MS);
    },
    run: async (program, args) => {
      if (!live) throw new Error(`${program} cannot be run on a copy of a machine`);
      return runBounded(program, args, RUN_TIMEOUT_MS);
    },
    hearKernel: live ? async (hearing) => (await import('./kernel-events.ts')).hearKernelEvents(hearing) : undefined,
  };
}

/** After so many directories others get a turn (a signal, a timer): reading is synchronous underneath. */
const TURN = 64;

function turnTaker(): () => Promise<void> {
  let looks = 0;
  return async () => {
    looks += 1;
    if (looks % TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  };
}

function ownByteOrder(): ByteOrder {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 'little' : 'big';
}

async function runBounded(program: string, args: readonly string[], timeoutMs: number): Promise<string> {
  return (await import('./run-program.ts')).runProgram(program, args, { timeoutMs });
}

/** Node itself leaves out interfaces that are down or have no carrier, but those have their addresses all the same. */
async function readAddresses(refused: Map<string, string>): Promise<Map<string, string[]>> {
  const { networkInterfaces } = await import('node:os');
  const found = new Map<string, string[]>();
  for (const [name, list] of Object.entries(networkInterfaces()))
    found.set(
      name,
      (list ?? []).map((entry) => entry.address),
    );
  for (const [name, all] of await askAddresses(refused)) found.set(name, [...new Set([...(found.get(name) ?? []), ...all])]);
  return found;
}

/** Empty where it cannot be asked. */
async function askAddresses(refused: Map<string, string>): Promise<ReadonlyMap<string, readonly string[]>> {
  const [program = '', ...args] = ASKED_ADDRESSES.split(' ');
  try {
    const told = parseIpAddresses(await runBounded(program, args, RUN_TIMEOUT_MS));
    refused.delete(ASKED_ADDRESSES);
    return told;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    refused.set(ASKED_ADDRESSES, code === 'ENOENT' ? 'there is no such program' : message);
    return new Map();
  }
}

/** Two who ask at once would each be taken for an owner by the other. */
const asked = new Map<string, Promise<ClaimState>>();

function readClaimState(path: string): Promise<ClaimState> {
  const answer = asked.get(path) ?? openExclusively(path).finally(() => asked.delete(path));
  asked.set(path, answer);
  return answer;
}

/** The kernel gives a block device exclusively to one owner: a mount, a stack on top, a pool. */
function openExclusively(path: string): Promise<ClaimState> {
  return new Promise((resolve) => {
    // Opening may wait for a disk that is ill. Closing follows at once: as long as it is open, others see somebody at the disk.
    open(path, constants.O_RDONLY | constants.O_EXCL | constants.O_NONBLOCK, (error, fd) => {
      if (error === null) closeSync(fd);
      resolve(error === null ? 'free' : claimStateOf(error.code));
    });
  });
}

function claimStateOf(code: string | undefined): ClaimState {
  if (code === 'EBUSY') return 'claimed';
  // A namespace that the controller hides, or one without a node: nobody can use it either.
  return code === 'ENOENT' || code === 'ENXIO' || code === 'ENOMEDIUM' ? 'free' : 'unreadable';
}

function resolver(root: string): (path: string) => string {
  if (root === '/') return (path) => path;
  // Paths are absolute already; joining them properly would cost as much as reading.
  if (existsSync(join(root, 'sys'))) return (path) => root + path;
  if (existsSync(join(root, 'bus'))) return (path) => (path.startsWith('/sys/') ? join(root, path.slice('/sys/'.length)) : join(root, '..', path));
  throw new HostdevError('file-not-found', `${root} holds no sysfs tree`, {
    subject: root,
    hint: 'give a directory that has sys/bus/pci in it (or a copy of /sys itself)',
  });
}

function tolerant<T>(refused: Map<string, string>, path: string, act: () => T): T | undefined {
  try {
    const found = act();
    if (refused.size > 0) refused.delete(path);
    return found;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    // There, but not for us: what is not known must not pass for what is not there, whatever a driver or a file system ends a read with.
    if (!ABSENT.has(code)) refused.set(path, code);
    return undefined;
  }
}

/** One call for many attributes: what a promise costs is a good part of what an attribute does. */
function readAttributes(refused: Map<string, string>, directory: string, at: string, names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  // The function that reads is made once, not once an attribute.
  let path = '';
  const act = (): string => readShortText(path);
  for (const name of names) {
    path = `${at}/${name}`;
    const text = tolerant(refused, at === directory ? path : `${directory}/${name}`, act);
    if (text !== undefined && text !== '') found.set(name, text);
  }
  return found;
}

function readShortText(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return scratch.toString('utf8', 0, readSync(file, scratch, 0, 4096, 0)).trimEnd();
  } finally {
    closeSync(file);
  }
}

const scratch = Buffer.alloc(READ_LIMIT);

function readUpTo(path: string, limit: number): Uint8Array {
  // Non-blocking, so that a pipe or a terminal somebody put there cannot hold us.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const chunks: Uint8Array[] = [];
    let length = 0;
    while (length < limit) {
      const bytes = readSync(file, scratch, 0, Math.min(scratch.length, limit - length), length);
      if (bytes === 0) break;
      chunks.push(new Uint8Array(scratch.subarray(0, bytes)));
      length += bytes;
      // An attribute comes in one piece of at most a page; asking again would only cost time.
      if (bytes < 4096 && path.startsWith('/sys/')) break;
    }
    return chunks.length === 1 ? (chunks[0] ?? new Uint8Array()) : new Uint8Array(Buffer.concat(chunks));
  } finally {
    closeSync(file);
  }
}
