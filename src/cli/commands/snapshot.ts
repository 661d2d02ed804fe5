import { takeSnapshot } from '../../app/snapshot.ts';
import { redact } from '../../host/redact.ts';
import { type Io, printJson } from '../io.ts';
import type { Options } from '../command/table.ts';
import { machineContext } from '../machine.ts';

export async function snapshot(io: Io, flags: Options<'snapshot'>): Promise<number> {
  if (flags.host !== undefined && flags.root === undefined) {
    const { readAnotherHost } = await import('../../app/another-host.ts');
    const found = await readAnotherHost(flags.host);
    printJson(io, flags.redact === true ? redact(found) : found);
    return 0;
  }
  const context = await machineContext(io.machine, flags);
  if (!context.isRoot && context.port.live)
    io.err('hostdev: warning: without root the snapshot lacks what only root may read\n  hint: sudo hostdev snapshot\n');
  printJson(io, await takeSnapshot(context, { redact: flags.redact === true, made: new Date().toISOString(), uid: process.geteuid?.() ?? 0 }));
  return 0;
}
