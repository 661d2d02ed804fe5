/** Running a program in the copy of the project: on the strange machine where that can be had, or at least in its environment. */
import { spawn } from 'node:child_process';
import { existsSync, rmdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { StrangeMachine } from './lay.ts';

/** No file is anybody's else; Linux calls it nobody. */
const USER = '65534';

/** Files that are made now and then are for nobody else. */
const UMASK = '077';

/**
 * Every directory of the machine is laid over the real one, so that what programs need is still there; nobody outside sees that. A socket
 * only answers through a mount of its own directory. The packages are mounted too: a link to them might lead through directories that the
 * user may not enter.
 */
const ENTER = `
set -e
root=$1 checkout=$2 packages=$3
shift 3
cd "$root"
# Whoever runs the tests may make files for nobody else.
chmod -R a+rX .
for place in usr/share usr/local usr/sbin var/cache var/lib etc run; do
  mount -t overlay -o "lowerdir=$place:/$place" overlay "/$place"
done
mount --bind run/libvirt /run/libvirt
mount --bind sys/bus /sys/bus
mkdir -p "$checkout/node_modules"
mount --bind "$packages" "$checkout/node_modules"
cd "$checkout"
umask ${UMASK}
exec setpriv --reuid=${USER} --regid=${USER} --clear-groups -- "$@"
`;

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const packages = join(process.cwd(), 'node_modules');

/** On the strange machine, as its user. */
export async function runThere({ root, own, checkout, env }: StrangeMachine, words: readonly string[]): Promise<Ended> {
  const owned = await run('chown', ['-R', `${USER}:${USER}`, own], '/', env);
  if (owned.status !== 0) return owned;
  return run('unshare', ['--mount', '--', 'sh', '-c', ENTER, 'sh', root, checkout, packages, ...words], '/', env);
}

/** Empty where the strange machine can be entered; else why not. */
export async function reasonAgainst(machine: StrangeMachine): Promise<string> {
  if (process.geteuid?.() !== 0) return 'mounts of its own and another user need root';
  const { status, stderr } = await runThere(machine, [process.execPath, '--check', 'node_modules/vitest/vitest.mjs']);
  const lines = stderr.trim().split('\n');
  return status === 0
    ? ''
    : `this machine does not let it have mounts of its own and another user: ${lines.find((line) => line.includes('rror')) ?? lines.at(-1)}`;
}

/** On this machine and as this user, in the environment and the checkout of the strange one. */
export function runHere({ checkout, env }: StrangeMachine, words: readonly string[]): Promise<Ended> {
  const link = join(checkout, 'node_modules');
  // What a failed attempt to mount them has left.
  if (existsSync(link)) rmdirSync(link);
  symlinkSync(packages, link);
  return run('sh', ['-c', `umask ${UMASK} && exec "$@"`, 'sh', ...words], checkout, env);
}

function run(program: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', ({ message }) => resolve({ status: null, stdout, stderr: message }));
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}
