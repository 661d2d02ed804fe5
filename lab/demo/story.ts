/** What the demonstration's stories have in common. */
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

export function show(text: string): void {
  process.stdout.write(`${text.trimEnd().replaceAll(/^/gm, '    ')}\n`);
}

/** Runs the command in the host, as a stage, and shows everything it prints. */
export async function hostdev(host: LabHost, stages: Stages, words: string): Promise<void> {
  show(await stages.run(`hostdev ${words}`, () => host.sh(`${HOSTDEV} ${words} 2>&1`)));
}

/** Address of the first function whose line of lspci has these words. */
export async function choose(host: LabHost, stages: Stages, words: string): Promise<string> {
  const line = await stages.run('choose a function by its lspci line', () => host.sh(`lspci -Dnn | grep -m1 '${words}'`));
  show(line);
  return line.trim().split(' ')[0] ?? '';
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
