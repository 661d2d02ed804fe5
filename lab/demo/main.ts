/** The main job, start to end, on an emulated host with a real kernel: `npm run demo`. */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installCommand, type LabHost } from '../machine/running.ts';
import { emulatorReason } from '../reason.ts';
import { makeStages, StageError } from '../stages.ts';
import { readFlags } from './flags.ts';
import { showPage, untilInterrupted } from './page.ts';
import { pc } from './pc.ts';
import { openShell } from './shell.ts';
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
  const ignoreSignals = endOnSignals(directory);
  const stages = makeStages(process.stderr);
  const libvirtStory = flags.pc ? pc : withLibvirt;
  const story = flags.direct ? direct : libvirtStory;
  let host: LabHost | undefined;
  try {
    host = await stages.run(`boot ${story.machine}`, (shown) => story.boot({ directory, shown }));
    await installCommand(host, built('cli'));
    if (flags.ui) {
      await installCommand(host, built('web'), 'web');
      await libvirtStory.startGuest(host, stages);
      await showPage(host, stages, (page) => {
        if (flags.keep && host !== undefined) return openShell(host);
        // From here on that is the end that is expected.
        ignoreSignals();
        return untilInterrupted(page);
      });
    } else {
      await story.tell(host, stages);
      if (flags.keep) await openShell(host);
    }
    await stages.run('switch the emulated host off', () => host?.stop() ?? Promise.resolve());
    await rm(directory, { recursive: true, force: true });
    if (!flags.ui) process.stdout.write('The guest saw the function, and the host has it back.\n');
    return 0;
  } catch (error) {
    await host?.stop().catch(() => undefined);
    const stage = error instanceof StageError ? error.stage : 'demo';
    process.stderr.write(`\nfailed in stage '${stage}': ${(error as Error).message}\nlogs: ${directory} (console.log, qemu.log, share/)\n`);
    return 1;
  }
}

/** What of dist/ the host gets. */
function built(name: 'cli' | 'web'): string {
  return fileURLToPath(new URL(`../../dist/${name}/`, import.meta.url));
}

/** The emulator ends with this process, whatever stage it is in, until that is taken back. */
function endOnSignals(directory: string): () => void {
  const ends = (
    [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const
  ).map(([signal, status]) => {
    const end = (): void => {
      rmSync(directory, { recursive: true, force: true });
      process.stderr.write('\ninterrupted; the emulated host is switched off\n');
      process.exit(status);
    };
    process.once(signal, end);
    return () => void process.off(signal, end);
  });
  return () => {
    for (const ignore of ends) ignore();
  };
}

process.exitCode = await main().catch(async (error: unknown) => {
  process.stderr.write(`demo: ${(error as Error).stack ?? String(error)}\n`);
  return 1;
});
