/** Rounds one after the other, each on a new store, until the first that breaks the promise. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlantedInRounds } from '../actors/planted.ts';
import { formatConviction } from '../checker/check.ts';
import { directoryGround } from './directory-ground.ts';
import { etcdGround } from './etcd-ground.ts';
import { playRound, type RoundResult } from './round.ts';
import { castParts, player } from './troupe.ts';

export interface Play {
  /** The built worker. */
  readonly program: string;
  readonly rounds: number;
  readonly seed: number;
  readonly claimers: number;
  readonly turns: number;
  readonly planted: PlantedInRounds | undefined;
  readonly store: 'directory' | 'etcd';
  /** Whether mounts and network namespaces may be made: a disk that is full, members that are cut off. */
  readonly hasMounts: boolean;
  readonly tell: (line: string) => void;
}

export interface Played extends Omit<RoundResult, 'convictions'> {
  readonly rounds: number;
  /** Of the round that broke the promise, in words, with where its histories are. */
  readonly broken: readonly string[];
}

export async function play({ program, rounds, seed, claimers, turns, planted, store, hasMounts, tell }: Play): Promise<Played> {
  // In memory where there is such a place: processes are killed here, not the machine.
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hostdev-fleet-'));
  const sum = { events: 0, granted: 0, attached: 0, unclear: 0, killed: 0, stopped: 0, disturbed: 0 };
  const ground = store === 'etcd' ? await etcdGround(hasMounts) : await directoryGround(root, hasMounts);
  const players = castParts(claimers, turns).map((part) => player(program, part));
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const directory = join(root, `round-${round}`);
      const begin = performance.now();
      const wish = { seed: seed + round, place: await ground.begin(round), disturb: ground.disturb, directory, planted };
      const { convictions, ...counts } = await playRound(players, wish).catch((cause: unknown) => {
        throw new Error(`round ${round}, whose histories are in ${directory}: ${(cause as Error).message}`, { cause });
      });
      for (const [name, count] of Object.entries(counts) as [keyof typeof sum, number][]) sum[name] += count;
      const words = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
      tell(`round ${round} of ${rounds}, seed ${seed + round}: ${words.join(', ')}, ${((performance.now() - begin) / 1000).toFixed(1)} s`);
      if (convictions.length > 0) return { rounds: round, ...sum, broken: [`histories: ${directory}`, ...convictions.map(formatConviction)] };
      rmSync(directory, { recursive: true, force: true });
    }
  } finally {
    await Promise.all(players.map((each) => each.end()));
    await ground.end();
  }
  rmSync(root, { recursive: true, force: true });
  return { rounds, ...sum, broken: [] };
}
