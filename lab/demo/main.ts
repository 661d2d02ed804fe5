/** The main job, start to end, on an emulated host with a real kernel: `npm run demo`. */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installCommand, type LabHost } from '../machine/running.ts';
import { emulatorReason } from '../reason.ts';
import { makeStages, StageError } from '../stages.ts';
import { type Flags, readFlags } from './flags.ts';
import { pc } from './pc.ts';
import { openShell } from './shell.ts';
import type { Story } from './story.ts';
import { direct } from './z-direct.ts';
import { withLibvirt } from './z-libvirt.ts';

async function main(): Promise<number> {
  const flags = readFlags(process.argv.slice(2));
  if (typeof flags === 'number') return flags;
  const reason = await emulatorReason();
  if (reason !== '') {
    process.stderr.write(`the demonstration cannot run here: ${reason}\n`);
    return 1;
  }
  const directory = await mkdtemp(join(tmpdir(), 'hostdev-demo-'));
  endOnSignals(directory);
  const stages = makeStages(process.stderr);
  const story = storyFor(flags);
  let host: LabHost | undefined;
  try {
    host = await stages.run(`boot ${story.machine}`, (shown) => story.boot({ directory, shown }));
    await installCommand(host, fileURLToPath(new URL('../../dist/cli/', import.meta.url)));
    await story.tell(host, stages);
    if (flags.keep) await openShell(host);
    await stages.run('switch the emulated host off', () => host?.stop() ?? Promise.resolve());
    await rm(directory, { recursive: true, force: true });
    process.stdout.write('The guest saw the function, and the host has it back.\n');
    return 0;
  } catch (error) {
    await host?.stop().catch(() => undefined);
    const stage = error instanceof StageError ? error.stage : 'demo';
    process.stderr.write(`\nfailed in stage '${stage}': ${(error as Error).message}\nlogs: ${directory} (console.log, qemu.log, share/)\n`);
    return 1;
  }
}

function storyFor(flags: Flags): Story {
  if (flags.pc) return pc;
  return flags.direct ? direct : withLibvirt;
}

/** The emulator ends with this process, whatever stage it is in. */
function endOnSignals(directory: string): void {
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      rmSync(directory, { recursive: true, force: true });
      process.stderr.write('\ninterrupted; the emulated host is switched off\n');
      process.exit(status);
    });
  }
}

process.exitCode = await main().catch(async (error: unknown) => {
  process.stderr.write(`demo: ${(error as Error).stack ?? String(error)}\n`);
  return 1;
});
