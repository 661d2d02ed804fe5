// npm run soak: what npm test does a part of, whole: every crash point and reset, all moments, 1,000 races, 20,000 random guests, a
// minute of random input for each of what somebody else may have written, the demonstration of another user.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { build, installPackages, installPrograms } from './setup.mjs';

const DEFINITIONS = '20000';
const WAYS = ['--maxWorkers=2', '--reporter=./scripts/lines-reporter.mjs', '--reporter=./scripts/failures-reporter.mjs'];

installPackages();
installPrograms();
build();
mkdirSync('build', { recursive: true });
for (const name of ['skipped', 'failures']) rmSync(`build/${name}.txt`, { force: true });
/** @type {string[][]} */
const RUNS = [
  ['--project', 'soak'],
  ['--project', 'lab', 'lab/libvirtd.test.ts', 'lab/pc-guests.test.ts', 'lab/s390x-guests.test.ts'],
  ['--project', 'lab', 'lab/pc.test.ts', '-t', 'across boots'],
];
const statuses = RUNS.map(
  (words) =>
    spawnSync('node_modules/.bin/vitest', ['run', ...words, ...WAYS], {
      stdio: 'inherit',
      env: { ...process.env, HOSTDEV_COUNT: DEFINITIONS, HOSTDEV_SOAK: '1', HOSTDEV_REQUIRE_LAB: '1' },
    }).status,
);
for (const name of ['skipped', 'failures']) {
  if (existsSync(`build/${name}.txt`)) process.stdout.write(`${name}:\n${readFileSync(`build/${name}.txt`, 'utf8')}`);
}
process.exitCode = statuses.every((status) => status === 0) ? 0 : 1;
