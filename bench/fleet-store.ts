/** Claims in a directory that hosts share, beside what its disk does at best: a file that is synced and linked, and nothing else. Medians of one run, in turns. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, mkdtemp, open, rm, unlink } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { initFileStore, openFileStore } from '../src/fleet/file-store/file-store.ts';
import type { FleetStore } from '../src/fleet/store/store.ts';
import { syncDirectory } from '../src/files/sync-directory.ts';

/** The first line of the section, which is also how it is found again. */
export const FLEET_STORE_TITLE = '## Claims in a directory that hosts share';

const ROUNDS = 5;
const CLAIMS = 200;
/** A claim's record has some 400 bytes. */
const VALUE = new Uint8Array(400).fill(0x61);
const CLAIMERS = 8;

interface Rates {
  readonly disk: number;
  readonly alone: number;
  /** Claims that were granted of several claimers who want the same functions, all of them in turn. */
  readonly contended: number;
}

export async function fleetStore(progress: (text: string) => void): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'hostdev-bench-fleet-'));
  try {
    const rounds: Rates[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      progress(`fleet store: round ${round + 1} of ${ROUNDS}`);
      rounds.push({ disk: await bareLinks(join(directory, `links-${round}`)), ...(await claims(join(directory, `store-${round}`))) });
    }
    return section(rounds);
  } finally {
    await rm(directory, { recursive: true });
  }
}

const perSecond = async (count: number, act: () => Promise<void>): Promise<number> => {
  const began = performance.now();
  await act();
  return (count * 1000) / (performance.now() - began);
};

/** What nobody can do with less: write a file through the disk, give it a name, and sync the name. */
async function bareLinks(directory: string): Promise<number> {
  await mkdir(directory);
  return perSecond(CLAIMS, async () => {
    for (let i = 0; i < CLAIMS; i += 1) {
      const fresh = join(directory, randomUUID());
      const file = await open(fresh, 'wx');
      await file.writeFile(VALUE);
      await file.sync();
      await file.close();
      await link(fresh, join(directory, `${i}`));
      await syncDirectory(directory);
      await unlink(fresh);
    }
  });
}

async function claims(directory: string): Promise<Omit<Rates, 'disk'>> {
  await initFileStore(directory);
  const stores = await Promise.all(Array.from({ length: CLAIMERS }, async () => openFileStore(directory)));
  const claim = async (store: FleetStore, name: string): Promise<boolean> => {
    const key = `claims/${name}`;
    return (await store.commit({ compares: [{ kind: 'absent', key }], operations: [{ kind: 'put', key, value: VALUE }] })).outcome === 'done';
  };
  const [first] = stores;
  if (first === undefined) throw new Error('no store was opened');
  const alone = await perSecond(CLAIMS, async () => {
    for (let i = 0; i < CLAIMS; i += 1) await claim(first, `alone/${i}`);
  });
  let granted = 0;
  const contended = await perSecond(CLAIMS, async () => {
    await Promise.all(
      stores.map(async (store) => {
        for (let i = 0; i < CLAIMS; i += 1) if (await claim(store, `shared/${i}`)) granted += 1;
      }),
    );
  });
  if (granted !== CLAIMS) throw new Error(`${granted} claims of ${CLAIMS} functions were granted`);
  for (const store of stores) await store.close();
  return { alone, contended };
}

function section(rounds: readonly Rates[]): string[] {
  const median = (of: keyof Rates): number => rounds.map((each) => each[of]).toSorted((a, b) => a - b)[rounds.length >> 1] ?? Number.NaN;
  const disk = median('disk');
  const row = (name: string, rate: number): string => `| ${name} | ${Math.round(rate)} | ${(rate / disk).toFixed(2)} |`;
  return [
    FLEET_STORE_TITLE,
    '',
    `${ROUNDS} rounds of ${CLAIMS} in turns, medians, where temporary files are (\`npm run bench -- fleet-store\`). ${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.version},`,
    `${new Date().toISOString().slice(0, 10)}; load ${loadavg()[0]?.toFixed(1)}. The floor is a file that is written, synced, linked to a name, and whose directory is synced: what link(2) alone costs on this disk.`,
    '',
    '| | a second | of the floor |',
    '| --- | --- | --- |',
    row('synced file, link(2), synced directory', disk),
    row('claims of one claimer', median('alone')),
    row(`claims granted to ${CLAIMERS} claimers who all want the same functions`, median('contended')),
    '',
  ];
}
