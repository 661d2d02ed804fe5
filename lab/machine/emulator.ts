/** Debian 13's QEMU out of its packages, on any Linux. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { LIBRARIES } from '../debian/libraries.ts';
import { ownArchitecture } from '../debian/tree.ts';

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
  const [library, loader] = LIBRARIES[ownArchitecture()] ?? ['usr/lib', ''];
  const command = [
    ...[join(tree, library, loader), '--library-path', join(tree, library), join(tree, 'usr/bin', program)],
    ...firmware.flatMap((directory) => ['-L', join(tree, directory)]),
    ...args,
  ];
  const fixed = fixedModules();
  const log = openSync(logFile, 'a');
  try {
    const [file, ...rest] = existsSync(fixed)
      ? [
          'unshare',
          ...mountNamespace(),
          'sh',
          '-c',
          'mount --bind "$1" "$2" || exit 1; shift 2; exec "$@"',
          'qemu',
          join(tree, library, 'qemu'),
          fixed,
          ...command,
        ]
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

/** Where Debian's QEMUs look for their modules, on whatever machine. */
export function fixedModules(): string {
  return join('/', LIBRARIES[ownArchitecture()]?.[0] ?? 'usr/lib', 'qemu');
}

/** Words for `unshare` that give mounts of one's own; users other than root need to be root in a namespace of their own for that. */
export function mountNamespace(): string[] {
  return process.geteuid?.() === 0 ? ['-m'] : ['--map-root-user', '-m'];
}
