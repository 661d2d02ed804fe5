/** How long reading a host takes: against bare Node, against lspci, and against the number of functions. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listFunctions } from '../src/app/list.ts';
import { readInventory } from '../src/host/inventory.ts';
import { openMachine } from '../src/host/machine-port.ts';
import { recordingPort } from '../src/host/record.ts';
import { makeSyntheticHost } from './synthetic-host.ts';

const COUNTS = [64, 1000, 2500, 5000, 10_000];
const ROUNDS = 7;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

export async function readingHosts(progress: (text: string) => void): Promise<string[]> {
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hostdev-bench-'));
  try {
    const rows: string[] = [];
    const each = new Map<number, number>();
    let bare = Number.NaN;
    for (const count of COUNTS) {
      progress(`reading ${count} functions`);
      const root = join(directory, String(count));
      makeSyntheticHost(root, count);
      const context = { port: openMachine(root), isRoot: true, readPciIds: async () => undefined };
      const inventory = await time(() => readInventory(context.port));
      const whole = await time(() => listFunctions(context));
      each.set(count, whole / count);
      if (count === 64) bare = await againstBareNode(root, () => listFunctions(context));
      const lspci = timeLspci(root);
      rows.push(
        `| ${count} | ${inventory.toFixed(1)} | ${whole.toFixed(1)} | ${((whole / count) * 1000).toFixed(0)} | ${lspci === undefined ? 'not installed' : lspci.toFixed(1)} |`,
      );
      rmSync(root, { recursive: true });
    }
    const growth = ((each.get(10_000) ?? 0) / (each.get(1000) ?? 1)).toFixed(2);
    return [
      '## Reading a host',
      '',
      `A synthetic sysfs in memory, every tenth function a disk, every tenth a network card; median of ${ROUNDS}. "Whole" is the inventory and the verdict on`,
      'every function, as `hostdev list` has it, in one process; lspci runs as a program of its own over the same files (`-Dnnk`), which is',
      'less work: it judges nothing.',
      '',
      '| functions | inventory, ms | whole, ms | whole, µs each | lspci -Dnnk, ms |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
      '',
      `A function among 10,000 costs ${growth} times one among 1,000. For 64 functions the whole takes ${bare.toFixed(2)} times what bare Node takes to read the same`,
      'files, directories and links, synchronously and without looking at them (1.3 is the limit we set ourselves).',
      '',
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function time(act: () => Promise<unknown>): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const begin = performance.now();
    await act();
    rounds.push(performance.now() - begin);
  }
  return median(rounds);
}

/** How many times as long as reading what we read, with nothing around it. Taken in turns: the machine is not quiet. */
async function againstBareNode(root: string, ours: () => Promise<unknown>): Promise<number> {
  const recorder = recordingPort(openMachine(root));
  await listFunctions({ port: recorder.port, isRoot: true, readPciIds: async () => undefined });
  const { files, directories, links } = await recorder.take('', 0);
  const at = (paths: object): string[] => Object.keys(paths).map((path) => join(root, path));
  const [f, d, l] = [at(files), at(directories), at(links)];
  const bare = (): void => {
    for (const path of f) readFileSync(path);
    for (const path of d) readdirSync(path);
    for (const path of l) readlinkSync(path);
  };
  const [whole, reading]: [number[], number[]] = [[], []];
  for (let round = 0; round < 60; round += 1) {
    const begin = performance.now();
    await ours();
    const middle = performance.now();
    bare();
    // Both are compiled by the engine as they run.
    if (round < 20) continue;
    whole.push(middle - begin);
    reading.push(performance.now() - middle);
  }
  return median(whole) / median(reading);
}

function timeLspci(root: string): number | undefined {
  const rounds: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const begin = performance.now();
    const { status, error } = spawnSync('lspci', ['-A', 'linux-sysfs', '-O', `sysfs.path=${join(root, 'sys/bus/pci')}`, '-Dnnk'], { stdio: 'ignore' });
    if (error !== undefined || status !== 0) return undefined;
    rounds.push(performance.now() - begin);
  }
  return median(rounds);
}
