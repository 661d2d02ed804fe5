/** What the demonstration's stories have in common. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BootOptions, LabHost } from '../machine/running.ts';
import { HOSTDEV } from '../machine/running.ts';
import type { Stages } from '../stages.ts';

export interface Story {
  /** What is booted, in words. */
  readonly machine: string;
  readonly boot: (options: BootOptions) => Promise<LabHost>;
  /** Gives a function to a guest, sees it there, and takes it back; an error where anything differs from what it should be. */
  readonly tell: (host: LabHost, stages: Stages) => Promise<void>;
}

/** One whose guest is libvirt's: the page shows it. */
export interface LibvirtStory extends Story {
  readonly startGuest: (host: LabHost, stages: Stages) => Promise<void>;
}

/** Where a story's wish is, in the host. */
export const WISH = '/share/wish.yaml';

/** Puts there what is wished for. */
export async function writeWish(host: LabHost, parts: string): Promise<void> {
  await writeFile(join(host.share, 'wish.yaml'), `formatVersion: 1\n${parts}`);
}

/** What of dist/ a host gets. */
export function built(name: 'cli' | 'web'): string {
  return fileURLToPath(new URL(`../../dist/${name}/`, import.meta.url));
}

export function show(text: string): void {
  process.stdout.write(`${text.trimEnd().replaceAll(/^/gm, '    ')}\n`);
}

/** Carries out a command in the host, as one types it, as a stage of that name, and shows everything it prints: the tutorials are held against that. */
export async function command(host: LabHost, stages: Stages, line: string): Promise<string> {
  const printed = await stages.run(line, () => host.sh(`{ ${line.replace(/^hostdev /, `${HOSTDEV} `)}; } 2>&1`));
  if (printed !== '') show(printed);
  return printed;
}

/** Address of the first function whose line of lspci has this word. */
export async function choose(host: LabHost, stages: Stages, word: string): Promise<string> {
  return (await command(host, stages, `lspci -Dnn | grep -m1 ${word}`)).split(' ')[0] ?? '';
}

export async function driverOf(host: LabHost, address: string): Promise<string> {
  return (await host.sh(`basename "$(readlink /sys/bus/pci/devices/${address}/driver)"`)).trim();
}

export async function backWith(host: LabHost, stages: Stages, address: string, driver: string): Promise<void> {
  await stages.run(`${address} is back with ${driver === '' ? 'no driver, as before' : driver}`, async () => {
    const now = await driverOf(host, address);
    if (now !== driver) throw new Error(`it is with ${now === '' ? 'no driver' : now}`);
  });
}
