/** Whether this machine can run the laboratory, and if not, why. */
import { access, constants } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PROGRAMS } from '../scripts/lab-programs.mjs';
import type { Reason } from '../test/skip.ts';
import { chromium } from './browser/chromium.ts';
import { cockpitTree } from './cockpit/tree.ts';
import { PackageGone } from './debian/gone.ts';
import { SETS } from './debian/sets.ts';
import { ownArchitecture } from './debian/tree.ts';
import { etcdProgram } from './fleet/etcd/programs.ts';
import { libvirtdTree } from './libvirtd/daemon.ts';
import { fixedModules, mountNamespace } from './machine/emulator.ts';
import { pcImages } from './pc/host.ts';
import { run } from './process.ts';
import { zImages } from './s390x/host.ts';
import { savedGuest } from './s390x/saved-guest.ts';

/** Parts of the laboratory: how each is made when it is missing, and what it asks of the machine. */
const PARTS = {
  'z-images': { make: () => zImages(), reason: emulatorReason },
  'pc-host': { make: () => pcImages(), reason: emulatorReason },
  'z-host': { make: () => savedGuest(), reason: emulatorReason },
  browser: { make: () => chromium(), reason: browserReason },
  cockpit: { make: () => cockpitTree(), reason: cockpitReason },
  etcd: { make: () => etcdProgram('3.5', 'etcd'), reason: programsReason },
  'etcd-3.4': { make: () => etcdProgram('3.4', 'etcd'), reason: programsReason },
  'libvirtd-11.3': { make: () => libvirtdTree('11.3'), reason: daemonReason },
  'libvirtd-12.x': { make: () => libvirtdTree('12.x'), reason: daemonReason },
  'libvirtd-9.0': { make: () => libvirtdTree('9.0'), reason: daemonReason },
} as const;

export type LabPart = keyof typeof PARTS;

export const LAB_PARTS = Object.keys(PARTS) as LabPart[];

/** Makes what is missing of some parts; empty when they can be used, else why not. */
export async function labReason(...parts: readonly LabPart[]): Promise<Reason> {
  for (const part of parts) {
    const { make, reason } = PARTS[part];
    const words = await reason();
    if (words !== '') return words;
    try {
      await make();
    } catch (error) {
      return reasonOf(part, error);
    }
  }
  return '';
}

/** Only that a package is nowhere to be had is excused; anything else, a network that is down too, is a failure. */
export function reasonOf(part: LabPart, error: unknown): Reason {
  return excuse(part, error);
}

/** The same of anything else that is made of packages. */
export function excuse(what: string, error: unknown): Reason {
  const told = `${what} cannot be made: ${(error as Error).message}`;
  return error instanceof PackageGone ? { excused: told } : { broken: told };
}

/** Why no emulated host can run here; empty when one can. */
export async function emulatorReason(): Promise<string> {
  const reason = await programsReason();
  if (reason !== '' || !existsSync(fixedModules()) || process.geteuid?.() === 0) return reason;
  // The emulator would load the modules of the machine's own QEMU, and end. Tried with the programs that starting it takes, and no others.
  const said = await run('unshare', [...mountNamespace(), 'sh', '-c', 'exec mount --bind "$1" "$1"', 'sh', fixedModules()]).then(
    () => '',
    (error: unknown) => (error as Error).message.trim(),
  );
  return said === ''
    ? ''
    : `this machine has a QEMU of its own (${fixedModules()}), which has to be hidden from the laboratory's; only root may do that where user namespaces are not allowed (sysctl kernel.unprivileged_userns_clone, or AppArmor): ${said}`;
}

/** Why no browser can run here: it needs a root of its own. */
async function browserReason(): Promise<string> {
  const reason = await programsReason();
  if (reason !== '') return reason;
  if (!SETS.browser.architectures.some((name) => name === ownArchitecture())) return `Debian has no Chromium for ${ownArchitecture()}`;
  const said = await run('unshare', [...mountNamespace(), 'true']).then(
    () => '',
    (error: unknown) => (error as Error).message.trim(),
  );
  return said === ''
    ? ''
    : `the browser runs in mounts of its own, which only root may have where user namespaces are not allowed (sysctl kernel.unprivileged_userns_clone, or AppArmor): ${said}`;
}

/** Why no Cockpit can run here. */
async function cockpitReason(): Promise<string> {
  const reason = await programsReason();
  if (reason !== '') return reason;
  if (!SETS.cockpit.architectures.some((name) => name === ownArchitecture())) return `the laboratory has no Cockpit for ${ownArchitecture()}`;
  return process.geteuid?.() === 0 ? '' : 'cockpit-ws, its mounts, sudo and PAM need root';
}

/** Why no libvirtd can run here. */
async function daemonReason(): Promise<string> {
  const reason = await programsReason();
  return reason === '' && process.geteuid?.() !== 0 ? 'libvirtd, its mounts and its ssh server need root' : reason;
}

async function programsReason(): Promise<string> {
  if (process.platform !== 'linux') return 'the emulated hosts need Linux';
  try {
    ownArchitecture();
  } catch (error) {
    return (error as Error).message;
  }
  for (const [program, debianPackage] of Object.entries(PROGRAMS)) {
    if (!(await isInstalled(program))) return `the program ${program} is missing (Debian package ${debianPackage})`;
  }
  return '';
}

async function isInstalled(program: string): Promise<boolean> {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const found = await Promise.all(
    directories.map((directory) =>
      access(join(directory, program), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
