/** Something happens to a guest or to its daemon in the middle of a change: that moment is known from the journal, not from a clock. */
import { expect } from 'vitest';
import type { CommandResult } from './machine/agent.ts';
import type { LabHost } from './machine/running.ts';

const JOURNAL = '/var/lib/hostdev/journal';
const LIMIT_MS = 5 * 60_000;
const LOOKS = 6000;

/**
 * Gets ready for the next change. What comes back is called when the change is asked for: it does `act` that many milliseconds after the change was written
 * down as begun, which is just before its first call. Rejects when the change never begins.
 */
export async function readyForChange(host: LabHost, delayMs: number, act: string): Promise<() => Promise<string>> {
  const size = `$(wc -c 2>/dev/null < ${JOURNAL} || echo 0)`;
  const before = (await host.sh(`echo ${size}`)).trim();
  const whenBegun = `i=0; while [ "${size}" = ${before} ]; do i=$((i+1)); [ $i -lt ${LOOKS} ] || { echo 'no change has begun' >&2; exit 1; }; usleep 20000; done`;
  return () => host.sh(`${whenBegun}; usleep ${delayMs * 1000}; ${act}`, LIMIT_MS);
}

/** Runs a change, a command line of hostdev, and `act` in the middle of it. */
export async function duringChange(host: LabHost, change: string, delayMs: number, act: string): Promise<CommandResult> {
  const whenBegun = await readyForChange(host, delayMs, act);
  const [done] = await Promise.all([host.hostdev(change, LIMIT_MS), whenBegun()]);
  return done;
}

/**
 * What QEMU has of a function, by its own word. A libvirtd that is killed between two commands to QEMU leaves devices of which the next one
 * knows nothing. Of a guest that libvirt gives up while it is asked there is nothing any more.
 */
export async function strayDevices(host: LabHost, guest: string): Promise<string[]> {
  const tree = await host.sh(`virsh qemu-monitor-command ${guest} --hmp 'info qtree' || ! virsh domstate ${guest} | grep -qx running`);
  return [...tree.matchAll(/dev: (?:vfio-pci|zpci), id "([^"]+)"/g)].map(([, id = '']) => id);
}

/** Ends a guest that has such a device: the function is the host's again then, or could be given back as we have said. */
export async function endGuest(host: LabHost, guest: string, said: string, address: string): Promise<void> {
  await host.sh(`virsh -q destroy ${guest}`);
  if (!said.includes('could not be given back')) return;
  expect(said).toContain(`hostdev release ${address}`);
  await host.says(`release ${address} --wait=20`);
}
