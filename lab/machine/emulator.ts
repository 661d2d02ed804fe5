/** Debian 13's QEMU out of its packages, on any Linux. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';

export interface Emulator {
  /** Tree of the unpacked packages. */
  readonly tree: string;
  /** `qemu-system-s390x` */
  readonly program: string;
  /** Directories of firmware, below the tree. */
  readonly firmware: readonly string[];
}

/**
 * Starts Debian 13's QEMU with its own loader and libraries, so that it runs on any Debian. Its module
 * directory is a fixed path: where the machine has one of another QEMU, ours is put over it in a mount
 * namespace of our own.
 */
export function startEmulator({ tree, program, firmware }: Emulator, logFile: string, args: readonly string[]): ChildProcess {
  const [library, loader] = MULTIARCH[process.arch] ?? ['usr/lib', ''];
  const command = [
    ...[join(tree, library, loader), '--library-path', join(tree, library), join(tree, 'usr/bin', program)],
    ...firmware.flatMap((directory) => ['-L', join(tree, directory)]),
    ...args,
  ];
  const fixed = join('/', library, 'qemu');
  const log = openSync(logFile, 'a');
  try {
    const [file, ...rest] = existsSync(fixed)
      ? ['unshare', '-m', 'sh', '-c', 'mount --bind "$1" "$2" || exit 1; shift 2; exec "$@"', 'qemu', join(tree, library, 'qemu'), fixed, ...command]
      : command;
    // Should this process die without a chance to clean up, the emulator dies with it.
    return spawn('setpriv', ['--pdeathsig', 'KILL', file ?? '', ...rest], {
      stdio: ['ignore', log, log],
      env: { ...process.env, QEMU_MODULE_DIR: join(tree, library, 'qemu') },
    });
  } finally {
    closeSync(log);
  }
}

const MULTIARCH: Readonly<Record<string, readonly [directory: string, loader: string]>> = {
  x64: ['usr/lib/x86_64-linux-gnu', 'ld-linux-x86-64.so.2'],
  arm64: ['usr/lib/aarch64-linux-gnu', 'ld-linux-aarch64.so.1'],
  s390x: ['usr/lib/s390x-linux-gnu', 'ld64.so.1'],
};
