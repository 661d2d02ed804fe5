/**
 * Resets the machine in the middle of changes, and looks after it what has become of them. A boot costs more than everything else, so one
 * reset interrupts a change in each of the places that are given, which have nothing in common. What one of them writes to its disk must not
 * bring to the disk what another has not synced: each place but the first, which is on the root file system, has its journal on a file system of
 * its own, unless all are on one that syncs a file and nothing else (ext4 without journal).
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { recoverChanges } from '../../src/app/recover-changes.ts';
import type { Scope } from '../scope.ts';
import { canChange, changeOf, own, type Spare, stateDirectoryOf } from './changes.ts';
import { PROGRESS } from './places.ts';
import { type Ends, interruptedAt, isClosed, measure, newOnes, type Point, pointsOf } from './points.ts';
import { resetMachine } from './reset-machine.ts';
import { stayForEver } from './stay.ts';

/** A change that a reset has interrupted, and the place it was at. */
interface Interrupted extends Point {
  readonly place: number;
  readonly ends: Ends;
}

/** What a reset leaves for the time after it, on the disk. */
interface Progress {
  readonly left: readonly Point[];
  readonly interrupted: readonly Interrupted[];
}

/** These write files of the root file system, where the first place has its journal. */
const ON_ROOT = new Set(['persist', 'unpersist']);

/**
 * Tells in `file` what became of what the last reset interrupted, and resets the machine at the next points. Comes back, and prints "end",
 * when there is none left.
 */
export async function nextReset(scope: Scope, file: string, names: readonly string[], places: readonly Spare[]): Promise<void> {
  const progress = existsSync(PROGRESS) ? (JSON.parse(readFileSync(PROGRESS, 'utf8')) as Progress) : await begin(scope, names, places);
  for (const each of progress.interrupted) appendFileSync(file, `${await lookAfter(each, placeOf(each.place, places))}\n`);
  const { now, left } = choose(progress.left, places);
  const interrupted: Interrupted[] = [];
  for (const { place, point } of now) interrupted.push({ ...point, place, ends: await measure(point.name, placeOf(place, places)) });
  save({ left, interrupted });
  if (interrupted.length === 0) {
    rmSync(PROGRESS);
    process.stdout.write('end\n');
    return;
  }
  // Without a journal of its own, and with nobody who checks it at the next boot, the file system may take a block that its bitmap on the disk does not
  // know for another file then. What is tested is what is written from here on.
  execFileSync('sync');
  for (const each of interrupted) await changeOf(each.name, placeOf(each.place, places)).setUp();
  for (const each of interrupted) await stopAt(each, placeOf(each.place, places));
  resetMachine();
}

async function begin(scope: Scope, names: readonly string[], places: readonly Spare[]): Promise<Progress> {
  for (const place of places) rmSync(stateDirectoryOf(place), { recursive: true, force: true });
  const isNew = newOnes();
  const left: Point[] = [];
  for (const name of names) {
    const place = places.find((each) => canChange(name, each));
    if (place === undefined) throw new Error(`no place for ${name}`);
    left.push(...pointsOf(name, await measure(name, place), scope, (kind, when) => isNew(`${kind} ${when}`)));
  }
  return { left, interrupted: [] };
}

interface Choice {
  readonly now: readonly { readonly place: number; readonly point: Point }[];
  readonly left: readonly Point[];
}

/** A point for each place, as far as there are such. */
function choose(points: readonly Point[], places: readonly Spare[]): Choice {
  const left = [...points];
  const now: { place: number; point: Point }[] = [];
  for (const [place, spare] of places.entries()) {
    const fits = ({ name }: Point): boolean => canChange(name, spare) && (place === 0 || !ON_ROOT.has(name));
    // What can be nowhere else comes first.
    const alone = place === 0 ? left.findIndex((point) => fits(point) && ON_ROOT.has(point.name)) : -1;
    const found = alone === -1 ? left.findIndex(fits) : alone;
    const [point] = found === -1 ? [] : left.splice(found, 1);
    if (point !== undefined) now.push({ place, point });
  }
  return { now, left };
}

function placeOf(place: number, places: readonly Spare[]): Spare {
  const found = places[place];
  if (found === undefined) throw new Error(`there is no place ${place}`);
  return found;
}

function save(progress: Progress): void {
  writeFileSync(PROGRESS, JSON.stringify(progress));
  fsyncSync(openSync(PROGRESS, 'r+'));
}

/** Carries a change out as far as its point, where it stays. */
function stopAt({ name, step, when }: Point, spare: Spare): Promise<void> {
  return new Promise((reached, failed) => {
    const stay = (): Promise<never> => {
      reached();
      return stayForEver();
    };
    changeOf(name, spare)
      .act(interruptedAt({ step, when }, stay))
      .then(() => failed(new Error(`${name} has no point ${when} step ${step}`)), failed);
  });
}

async function lookAfter({ name, step, when, ends: { before, after } }: Interrupted, spare: Spare): Promise<string> {
  const recovered = await recoverChanges(own, stateDirectoryOf(spare));
  const now = await changeOf(name, spare).state();
  const good = (now === before || now === after) && (await isClosed(spare)) && recovered.every(({ outcome }) => outcome !== 'stuck');
  return `${good ? 'ok' : 'not ok'} ${name} reset ${when} step ${step}: ${recovered.map(({ outcome }) => outcome).join(',') || 'nothing open'}${good ? '' : ` ${JSON.stringify([before, after, now])}`}`;
}
