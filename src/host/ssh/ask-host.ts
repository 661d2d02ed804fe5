/** Asks another machine over the user's own ssh: with its configuration, agent, jump hosts and known hosts. */
import { spawn } from 'node:child_process';
import { HostdevError } from '../../errors.ts';
import { sshArguments } from '../../ssh-arguments.ts';
import { LOOK_SCRIPT } from './look-script.ts';
import { type SshDestination, sshCommand } from './ssh-host.ts';

/** Largest answer: a snapshot of 10,000 functions has about 100 MB. */
const OUTPUT_LIMIT = 256 * 1024 * 1024;

/** Of what ssh says on stderr the end is kept. */
const WORDS_KEPT = 4000;

/** Somebody may have to type a passphrase, and a big machine takes a while to look at. */
const TIMEOUT_MS = 180_000;

/** How long ssh itself may try to connect. */
const CONNECT_S = 20;

const GRACE_MS = 2000;

/** The same words for every machine: its login shell, whichever it is, starts a POSIX one, which reads our script. */
export const REMOTE_COMMAND = 'exec sh -s';

export interface AskOptions {
  readonly timeoutMs?: number | undefined;
  /** Bytes. */
  readonly outputLimit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What the script of look-script.ts prints there. It stays in the terminal's session: ssh asks there for passphrases and about unknown hosts.
 *
 * @throws {HostdevError} `host-unreachable`, `interrupted`.
 */
export async function askHost(destination: SshDestination, { timeoutMs = TIMEOUT_MS, outputLimit = OUTPUT_LIMIT, signal }: AskOptions = {}): Promise<string> {
  const { program, options, host } = destination;
  const args = sshArguments({ options: ['-o', `ConnectTimeout=${CONNECT_S}`, ...options], host, command: REMOTE_COMMAND });
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  let length = 0;
  let words = '';
  let ended: HostdevError | undefined;
  const end = (error: HostdevError): void => {
    ended ??= error;
    child.kill('SIGTERM');
    setTimeout(() => {
      child.kill('SIGKILL');
      // Whoever it has started may keep them open.
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
    }, GRACE_MS).unref();
  };
  const timer = setTimeout(() => end(unreachable(destination, `no answer after ${timeoutMs / 1000} s`)), timeoutMs);
  const interrupt = (): void => end(new HostdevError('interrupted', `interrupted while ${destination.text} was asked`));
  signal?.addEventListener('abort', interrupt, { once: true });
  if (signal?.aborted === true) interrupt();
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (words = (words + chunk).slice(-WORDS_KEPT)));
  child.stdout.on('data', (chunk: Buffer) => {
    if (ended !== undefined) return;
    length += chunk.length;
    if (length > outputLimit) end(unreachable(destination, `it answers with more than ${outputLimit} bytes`));
    else chunks.push(chunk);
  });
  // It may end before it has read all; why, its exit tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(LOOK_SCRIPT);
  try {
    const status = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) =>
        reject(unreachable(destination, error.code === 'ENOENT' ? `there is no program ${program} on this machine` : error.message)),
      );
      child.once('close', (code, by) => resolve(code ?? by));
    });
    if (ended !== undefined) throw ended;
    // Of ssh itself; the script ends with 0, and so does what asks for it.
    if (status !== 0) throw unreachable(destination, explain(words, status), hintFor(words));
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', interrupt);
  }
}

/** What OpenSSH says, and what there is to do about it. */
const CASES: readonly (readonly [said: RegExp, what: string, hint: string])[] = [
  [/Could not resolve hostname|Name or service not known/, 'nobody knows a host of that name', 'look at its name, or give it one in ~/.ssh/config'],
  [/REMOTE HOST IDENTIFICATION HAS CHANGED/, 'its host key is not the one that is known', 'find out why before anything else; then: ssh-keygen -R HOST'],
  [/Host key verification failed|No \w+ host key is known/, 'its host key is not known here', 'log in once and look at the key'],
  [/Permission denied|Too many authentication failures/, 'it does not let us in', 'look at user and key (ssh-add -l, IdentityFile)'],
  [/timed out|Timeout, server/i, 'it does not answer in time', 'is it up, and does a firewall let ssh through?'],
  [/Connection refused/, 'nobody listens there', 'is sshd running, and on that port?'],
  [/No route to host|Network is unreachable/, 'there is no way to it', 'look at the network'],
];

function explain(words: string, status: number | string | null): string {
  const last = words.trim().split('\n').at(-1)?.trim() ?? '';
  const what = CASES.find(([said]) => said.test(words))?.[1];
  if (what !== undefined) return `${what} (${last})`;
  return last === '' ? `ssh ended with ${status ?? 'nothing'}` : last;
}

function hintFor(words: string): string | undefined {
  return CASES.find(([said]) => said.test(words))?.[2];
}

function unreachable(destination: SshDestination, why: string, more?: string): HostdevError {
  const command = `hostdev uses ssh as you do: try '${sshCommand(destination)}'`;
  return new HostdevError('host-unreachable', `${destination.text}: ${why}`, {
    subject: destination.text,
    hint: more === undefined ? command : `${more}; ${command}`,
  });
}
