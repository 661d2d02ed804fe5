// npm run soak: what npm test does a part of, whole: every crash point and reset, all moments, 500 races, 10,000 random guests, ten
// seconds of random input for each of what somebody else may have written, the demonstration of another user.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { build, installPackages, installPrograms } from './setup.mjs';

const DEFINITIONS = '10000';
const WAYS = ['--maxWorkers=1', '--reporter=./scripts/lines-reporter.mjs', '--reporter=./scripts/failures-reporter.mjs'];
/** Hosts wait as much as they work: two of them leave a third run room on two cores. */
const AT_ONCE = 3;

installPackages();
installPrograms();
build();
mkdirSync('build', { recursive: true });
for (const name of ['skipped', 'failures']) rmSync(`build/${name}.txt`, { force: true });

const CRASHES = 'lab/soak/crash-points.test.ts';
/** What takes longest, longest first: a file whose tests follow each other is several runs. */
const LONG = [
  ['--project', 'soak', CRASHES, '-t', 'on a PC when the machine is reset'],
  ['--project', 'soak', 'lab/soak/fuzz.test.ts'],
  ['--project', 'soak', CRASHES, '-t', 'on a PC when hostdev is killed'],
  ['--project', 'lab', 'lab/libvirtd.test.ts'],
  ['--project', 'soak', CRASHES, '-t', 'on an IBM Z'],
  ['--project', 'lab', 'lab/pc-guests.test.ts'],
  ['--project', 'lab', 'lab/s390x-guests.test.ts'],
  ['--project', 'lab', 'lab/planner.test.ts', '-t', 'beside the command'],
  ...['page-flows-on-pc', 'page-flows-on-z', 'fleet-on-hosts', 'wishes-on-pc'].map((name) => ['--project', 'soak', `lab/soak/${name}.test.ts`]),
];
const named = new Set(LONG.flat());
/** @type {string[][]} */
const REST = readdirSync('lab/soak')
  .map((file) => `lab/soak/${file}`)
  .filter((file) => file.endsWith('.test.ts') && !named.has(file))
  .map((file) => ['--project', 'soak', file]);
const runs = [...LONG, ...REST, ['--project', 'lab', 'lab/pc.test.ts', '-t', 'across boots']];

/**
 * @param {readonly string[]} words
 * @returns {Promise<number | null>}
 */
function vitest(words) {
  return new Promise((resolve, reject) => {
    spawn('node_modules/.bin/vitest', ['run', ...words, ...WAYS], {
      stdio: 'inherit',
      env: { ...process.env, HOSTDEV_COUNT: DEFINITIONS, HOSTDEV_SOAK: '1', HOSTDEV_REQUIRE_LAB: '1' },
    })
      .on('error', reject)
      .on('close', resolve);
  });
}

/** @type {(number | null)[]} */
const statuses = [];
async function takeTurns() {
  for (let words = runs.shift(); words !== undefined; words = runs.shift()) statuses.push(await vitest(words));
}
await Promise.all(Array.from({ length: AT_ONCE }, takeTurns));
for (const name of ['skipped', 'failures']) {
  if (existsSync(`build/${name}.txt`)) process.stdout.write(`${name}:\n${readFileSync(`build/${name}.txt`, 'utf8')}`);
}
process.exitCode = statuses.every((status) => status === 0) ? 0 : 1;
