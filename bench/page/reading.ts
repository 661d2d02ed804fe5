/** What a look of the server costs on a large host: at everything, at what has changed, and a short one. */
import { mkdtempSync, existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fleetSource } from '../../src/fleet/fleet-source.ts';
import { openMachine } from '../../src/host/machine-port.ts';
import { rereadHost } from '../../src/server/live/reread-host.ts';
import { makeSyntheticHost } from '../synthetic-host.ts';

const FUNCTIONS = 1024;
const ROUNDS = 15;

export interface ReadingFigures {
  readonly allMs: number;
  readonly newsMs: number;
  readonly glanceMs: number;
}

export async function measureReading(): Promise<ReadingFigures> {
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hostdev-page-bench-'));
  try {
    const root = join(directory, 'host');
    makeSyntheticHost(root, FUNCTIONS);
    const context = { port: openMachine(root), isRoot: true, readPciIds: async () => undefined };
    const host = { context: async () => context, stateDirectory: join(directory, 'state'), libvirtUri: `qemu+unix:///system?socket=${directory}/nobody` };
    const reread = rereadHost({ ...host, fleet: fleetSource('/nowhere'), name: 'large', version: '0.0.0', readOnly: false }, () => true);
    const took: Record<'all' | 'news' | 'glance', number[]> = { all: [], news: [], glance: [] };
    const time = async (what: keyof typeof took, act: () => Promise<unknown>): Promise<void> => {
      const began = performance.now();
      await act();
      took[what].push(performance.now() - began);
    };
    // In turns: the machine is not quiet.
    for (let round = 0; round < ROUNDS; round += 1) {
      await time('all', reread.readAll);
      await time('glance', reread.glance);
      reread.functionChanged('0000:05:00.0');
      await time('news', reread.readNews);
    }
    await reread.close();
    const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
    return { allMs: median(took.all), newsMs: median(took.news), glanceMs: median(took.glance) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
