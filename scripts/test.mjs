// npm run check: everything but the laboratory. npm test: all of it. The last line counts.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
import { build, installPackages, installPrograms } from './setup.mjs';

const withLab = process.argv.includes('--lab');
/** @param {string} name */
const bin = (name) => `node_modules/.bin/${name}`;

/**
 * Checks that pass or fail as a whole: each counts as one test.
 *
 * @type {[name: string, program: string, args: string[]][]}
 */
const CHECKS = [
  ['format', bin('biome'), ['format', '--reporter=summary']],
  // The release before is for what makes the declarations; this one looks in a tenth of the time.
  ['types', 'node_modules/typescript-native/bin/tsc', ['-p', 'tsconfig.json']],
  ['types of the pure core, without Node or DOM', 'node_modules/typescript-native/bin/tsc', ['-p', 'tsconfig.core.json']],
  ['types of the page, without Node', 'node_modules/typescript-native/bin/tsc', ['-p', 'tsconfig.web.json']],
  ['lint', bin('oxlint'), ['--quiet', '--deny-warnings']],
  ['rooms and imports', bin('depcruise'), ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'src', 'lab', 'test', 'packaging']],
  ['dead code', bin('knip'), ['--no-progress']],
  ['package contents', bin('publint'), ['--strict']],
];

/** @type {[name: string, projects: string[]][]} */
const SUITES = [['unit tests, and the package on other releases of Node', ['unit', 'nodes']]];
if (withLab) SUITES.push(['laboratory', ['lab']]);

let passed = 0;
let failed = 0;
let skipped = 0;
const begin = Date.now();
/** @param {number} since */
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

for (const name of ['skipped', 'failures']) rmSync(`build/${name}.txt`, { force: true });
mkdirSync('build', { recursive: true });
try {
  installPackages();
  if (withLab) installPrograms();
  build();
} catch (error) {
  process.stderr.write(`set up failed: ${error instanceof Error ? error.message : error}\n`);
  process.stdout.write('0 passed, 1 failed\n');
  process.exit(1);
}
process.stdout.write(`set up  ${seconds(begin)}\n`);

const provisioned = withLab ? provision() : Promise.resolve();
const waiting = [...CHECKS];
// Two at once, as with the tests below; the types take as long as all others together.
await Promise.all(
  [1, 2].map(async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await check(next);
  }),
);

for (const [name, projects] of SUITES) {
  const isLab = projects.includes('lab');
  if (isLab) await provisioned;
  const start = Date.now();
  const report = `build/${projects[0]}.json`;
  rmSync(report, { force: true });
  // More files at once than processors, where Vitest would leave one of two to itself: unit tests and emulated hosts often wait.
  const ways = [`--maxWorkers=${isLab ? 3 : 4}`, isLab ? '--reporter=./scripts/lines-reporter.mjs' : '--reporter=default'];
  const vitest = spawn(
    bin('vitest'),
    [
      ...['run', ...projects.flatMap((project) => ['--project', project]), ...ways, '--reporter=./scripts/failures-reporter.mjs'],
      ...['--reporter=json', `--outputFile.json=${report}`],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const status = await endOf(vitest);
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
  passed += counts.numPassedTests;
  skipped += counts.numPendingTests;
  // A suite that could not be collected has no failed test, but it has failed.
  failed += counts.numFailedTests > 0 ? counts.numFailedTests : status === 0 ? 0 : 1;
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name}  ${seconds(start)}\n`);
}

for (const name of ['skipped', 'failures']) {
  if (existsSync(`build/${name}.txt`)) process.stdout.write(`${name}:\n${readFileSync(`build/${name}.txt`, 'utf8')}`);
}
process.stdout.write(`all in ${seconds(begin)}\n${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}\n`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * Runs one check to its end, and counts it.
 *
 * @param {[name: string, program: string, args: string[]]} check
 */
async function check([name, program, args]) {
  const start = Date.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, npm_config_loglevel: 'error' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => void (output += text));
  const status = await endOf(child).catch((error) => void (output += error.message));
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name}  ${seconds(start)}\n`);
  if (status === 0) passed += 1;
  else {
    failed += 1;
    process.stdout.write(`${output}\n`);
  }
}

/**
 * Downloads and builds what the laboratory needs while the unit tests run, which leave processors and network room; what cannot be had
 * the laboratory's tests say themselves. Its progress comes in lines: a line that moves would be torn by those of the tests.
 */
async function provision() {
  const start = Date.now();
  const child = spawn(process.execPath, ['build/lab/provision.mjs'], { stdio: ['ignore', 'pipe', 'pipe'] });
  // Unit tests come first; who waits for a boot loses nothing by it.
  if (child.pid !== undefined) setPriority(child.pid, 10);
  child.stdout.pipe(process.stdout, { end: false });
  child.stderr.pipe(process.stderr, { end: false });
  await endOf(child);
  process.stdout.write(`        packages and images of the laboratory  ${seconds(start)}\n`);
}

/**
 * The status a child ends with, `null` when a signal ended it; rejects when it could not be started.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number | null>}
 */
function endOf(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
}
