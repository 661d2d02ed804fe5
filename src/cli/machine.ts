/** The context of commands that look at a machine: this one, a copy of a sysfs tree, or a snapshot. */
import { type AppContext, readSystemPciIds } from '../app/context.ts';
import { openSnapshot } from '../app/snapshot-file.ts';
import { HostdevError } from '../errors.ts';
import { openMachine } from '../host/machine-port.ts';

export interface MachineFlags {
  readonly root?: string;
  /** File that `hostdev snapshot` printed. */
  readonly host?: string;
}

export async function machineContext(flags: MachineFlags = {}): Promise<AppContext> {
  if (flags.root !== undefined && flags.host !== undefined) {
    throw new HostdevError('option-conflict', '--root and --host name two machines', { hint: 'leave one of them out' });
  }
  const port = flags.host === undefined ? openMachine(flags.root ?? '/') : await openSnapshot(flags.host);
  return { port, readPciIds: readSystemPciIds, isRoot: process.geteuid?.() === 0 };
}

/** Another machine's tree or snapshot can be planned for, but not changed. */
export function refuseForeignChange(flags: MachineFlags & { readonly dryRun?: boolean }): void {
  const option = flags.root === undefined ? (flags.host === undefined ? undefined : '--host') : '--root';
  if (option === undefined || flags.dryRun === true) return;
  throw new HostdevError('option-conflict', `${option} names a copy of another machine, which cannot be changed`, {
    hint: 'add --dry-run to see what would be done there',
  });
}
