/** `npm run lab:lock`: makes lab/debian/lock.json anew from Debian's signed indexes, and prints what has changed. */
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cachedPlace, occupy } from './cache.ts';
import { formatLock, readLock } from './debian/lock.ts';
import { compareLocks, makeLock, withSets } from './debian/make-lock.ts';
import { mirrorFrom } from './debian/mirror.ts';
import { shownOnStderr } from './debian/progress.ts';
import { type PackageSet, SETS } from './debian/sets.ts';

const FILE = 'lab/debian/lock.json';

const HELP = `Usage: npm run lab:lock [-- --dry-run] [-- --only SET,…]

Chooses the Debian packages of the laboratory anew: the newest of each that a signed index has and that the mirror
has as well. Writes ${FILE} and prints what has changed.

  --dry-run   print it, and write nothing
  --only SET  choose for these sets alone; all others stay as they are
`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean' }, only: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const before = readLock(await readFile(FILE, 'utf8'));
  const work = await mkdtemp(join(tmpdir(), 'hostdev-lock-'));
  try {
    const leave = await occupy('packages');
    const sets = chosenSets(values.only);
    const made = await makeLock({
      mirror: mirrorFrom(process.env),
      directory: cachedPlace('packages'),
      keyring: before.keyring,
      oldest: before.indexes,
      work,
      shown: shownOnStderr(),
      sets,
    }).finally(leave);
    const lock = values.only === undefined ? made : withSets(before, made);
    const changes = compareLocks(before, lock);
    process.stdout.write(changes.length === 0 ? 'nothing has changed\n' : `${changes.join('\n')}\n`);
    if (values['dry-run'] === true || changes.length === 0) return;
    await writeFile(`${FILE}.new`, formatLock(lock));
    await rename(`${FILE}.new`, FILE);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The sets that are chosen anew. */
function chosenSets(only: string | undefined): Readonly<Record<string, PackageSet>> {
  if (only === undefined) return SETS;
  const names = only.split(',');
  const unknown = names.filter((name) => !(name in SETS));
  if (unknown.length > 0) throw new Error(`there is no set ${unknown.join(', ')}; there are ${Object.keys(SETS).join(', ')}`);
  return Object.fromEntries(Object.entries(SETS).filter(([name]) => names.includes(name)));
}

await main().catch((error: unknown) => {
  process.stderr.write(`lab:lock: ${(error as Error).message}\n`);
  process.exitCode = 1;
});
