// What every command of this project needs before it can run: npm packages, and where the laboratory is wanted
// Debian's programs for it. Uses nothing but Node itself.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PROGRAMS } from './lab-programs.mjs';

const STAMP = 'node_modules/.hostdev-lock';

/**
 * Runs a program with its output on stderr; throws when it fails.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv }} [options]
 */
function run(program, args, options = {}) {
  const { status, error, signal } = spawnSync(program, args, { stdio: ['ignore', 2, 2], ...options });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${signal ?? status}`);
}

/** Installs the npm packages of the lock file, unless they are installed already. */
export function installPackages() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw new Error(`Node 20.19 or newer is needed, this is ${process.versions.node}`);
  const lock = readFileSync('package-lock.json', 'utf8');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return;
  // Not `npm ci`: it refuses a lock file that lacks optional packages for other platforms, and some mirrors lack those.
  // Everything that is installed has the version and checksum of the lock file all the same, and the file is not touched.
  retry(() => run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']));
  writeFileSync(STAMP, lock);
}

/** Installs the programs of the laboratory that are missing. Where that is not possible the tests say so themselves. */
export function installPrograms() {
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const missing = Object.entries(PROGRAMS)
    .filter(([program]) => !places.some((place) => existsSync(join(place, program))))
    .map(([, name]) => name);
  if (missing.length === 0 || process.geteuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  retry(() => run('apt-get', ['-q', '-y', 'update'], { env }));
  retry(() => run('apt-get', ['-q', '-y', 'install', '--no-install-recommends', ...missing], { env }));
}

/** Builds dist/ (the package, with the page) and build/ (the laboratory, the planner). */
export function build() {
  for (const script of ['build', 'build:planner']) run('npm', ['run', '--silent', script]);
}

/** @param {() => void} act */
function retry(act) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return act();
    } catch (error) {
      if (attempt === 3) throw error;
      process.stderr.write(`${error instanceof Error ? error.message : error}; trying again\n`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, attempt * 5000);
    }
  }
}
