/** The main job, start to end, on emulated hosts with real kernels: `npm run demo`. */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emulatorReason } from '../reason.ts';
import { makeStages, StageError } from '../stages.ts';
import { readFlags } from './flags.ts';
import { onOneHost } from './one-host.ts';
import { onTwoHosts } from './two-hosts.ts';

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
  const demonstration = { directory, stages: makeStages(process.stderr), ignoreSignals };
  try {
    if (flags.fleet) await onTwoHosts(flags, demonstration);
    else await onOneHost(flags, demonstration);
    await rm(directory, { recursive: true, force: true });
    return 0;
  } catch (error) {
    const stage = error instanceof StageError ? error.stage : 'demo';
    process.stderr.write(`\nfailed in stage '${stage}': ${(error as Error).message}\nlogs: ${directory} (console.log, qemu.log, share/)\n`);
    return 1;
  }
}

/** What was started ends with this process, whatever stage it is in, until that is taken back. */
function endOnSignals(directory: string): () => void {
  const ends = (
    [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const
  ).map(([signal, status]) => {
    const end = (): void => {
      // Who writes there ends only behind this.
      rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
      process.stderr.write('\ninterrupted; what was emulated is switched off\n');
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
