// npm run mutate: changes the code of each room a little, one change at a time, and looks whether a unit test fails. Tries a sample, the same
// for the same seed, no longer than it is given, and writes docs/mutation.md anew.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { installPackages } from './setup.mjs';

installPackages();
const { LEFT } = await import('./mutation/left.mjs');
const { readOutcomes, roomSection, withSection } = await import('./mutation/report.mjs');
const { DIRECTORY, filesOf, resultsFileOf, ROOMS, roomNamed, ROOM_VARIABLE, sampleFileOf, sandboxOf } = await import('./mutation/rooms.mjs');
const { keyOf, mutantsOf, rangeOf, sampleOf } = await import('./mutation/sample.mjs');

const PAGE = 'docs/mutation.md';
/** How long Stryker may take to end its processes before it is ended itself. */
const GRACE_MS = 20_000;

/** @typedef {{ room: string, seed: number, count: number }} Choice */

try {
  await tryRooms();
} catch (error) {
  // What somebody has typed needs no stack; what Stryker says stands above.
  process.stderr.write(`npm run mutate: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function tryRooms() {
  const { values } = parseArgs({
    options: {
      room: { type: 'string', multiple: true, default: Object.keys(ROOMS) },
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '400' },
      minutes: { type: 'string', default: '60' },
    },
  });
  for (const room of values.room) roomNamed(room);
  const seed = numberOf('seed', values.seed);
  const count = Math.ceil(numberOf('count', values.count) / Object.keys(ROOMS).length);
  const end = Date.now() + numberOf('minutes', values.minutes) * 60_000;
  mkdirSync(DIRECTORY, { recursive: true });
  for (const [i, room] of values.room.entries()) {
    // What a room does not need of its time is left to those that follow.
    await tryRoom({ room, seed, count }, (end - Date.now()) / (values.room.length - i));
  }
}

/** @param {Choice} choice @param {number} milliseconds */
async function tryRoom({ room, seed, count }, milliseconds) {
  const begin = Date.now();
  const mutants = await mutantsOf(filesOf(room));
  const keys = new Set(sampleOf(mutants.map(keyOf), { seed, count }));
  const chosen = mutants.filter((mutant) => keys.has(keyOf(mutant)));
  writeFileSync(sampleFileOf(room), JSON.stringify({ keys: [...keys], ranges: [...new Set(chosen.map(rangeOf))] }));
  rmSync(resultsFileOf(room), { force: true });
  writeFileSync(resultsFileOf(room), '');
  const cut = await stryker(room, milliseconds - (Date.now() - begin));
  const outcomes = readOutcomes(resultsFileOf(room));
  if (outcomes.length === 0) throw new Error(`no mutant of ${room} was tried; what Stryker said stands above`);
  const minutes = (Date.now() - begin) / 60_000;
  const section = roomSection({ room, all: mutants.length, sample: chosen.length, seed, minutes, cut, outcomes }, LEFT);
  writeFileSync(PAGE, withSection(readFileSync(PAGE, 'utf8'), room, section));
  process.stdout.write(`${section}\n`);
}

/**
 * Runs Stryker in a room; true when it was ended because its time was over.
 *
 * @param {string} room
 * @param {number} milliseconds
 * @returns {Promise<boolean>}
 */
async function stryker(room, milliseconds) {
  const child = spawn(process.execPath, ['node_modules/@stryker-mutator/core/bin/stryker.js', 'run', 'scripts/mutation/stryker.config.mjs'], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, [ROOM_VARIABLE]: room },
  });
  let cut = false;
  const over = setTimeout(() => {
    cut = true;
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
  }, milliseconds);
  await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  clearTimeout(over);
  // One that is ended leaves its copies behind, and processes that write to them for a moment.
  rmSync(sandboxOf(room), { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  return cut;
}

/** @param {string} name @param {string} text */
function numberOf(name, text) {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} takes a whole number above nought, not '${text}'`);
  return Number(text);
}
