/** Who asks a fleet from this machine, which is none of its hosts: a directory with a certificate, and the file that says which fleet is meant. */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CertificateFiles } from '../../src/fleet/etcd/certificate.ts';

export interface Outside {
  readonly directory: string;
  /** Carries out a line of a shell in that directory, where `hostdev` is the built command. */
  readonly run: (line: string) => Promise<{ readonly status: number | null; readonly output: string }>;
}

const COMMAND = fileURLToPath(new URL('../../dist/cli/cli.cjs', import.meta.url));

/** No command takes as long. */
const MOST_MS = 120_000;

/** The files are called `ca.pem`, `NAME.pem` and `NAME.key` there. */
export async function comeFromOutside(directory: string, name: string, url: string, files: CertificateFiles): Promise<Outside> {
  await mkdir(directory, { recursive: true });
  const at = (file: string): string => join(directory, file);
  await copyFile(files.ca, at('ca.pem'));
  await copyFile(files.certificate, at(`${name}.pem`));
  await copyFile(files.key, at(`${name}.key`));
  const store = { endpoints: [url], ca: at('ca.pem'), certificate: at(`${name}.pem`), key: at(`${name}.key`) };
  await writeFile(at('fleet.conf'), `${JSON.stringify({ version: 1, host: null, store }, null, 2)}\n`);
  return { directory, run: (line) => runLine(directory, line) };
}

function runLine(directory: string, line: string): ReturnType<Outside['run']> {
  // What the line says of hostdev is said of the one that was built.
  const script = `hostdev() { "$NODE" "$COMMAND" "$@"; }\n{ ${line}; } 2>&1`;
  const env = { PATH: process.env['PATH'], LC_CTYPE: 'C.UTF-8', NODE: process.execPath, COMMAND, HOSTDEV_FLEET: join(directory, 'fleet.conf') };
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', script], { cwd: directory, env, stdio: ['ignore', 'pipe', 'inherit'], timeout: MOST_MS, killSignal: 'SIGKILL' });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}
