/** The password beyond loopback: kept as scrypt makes it. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { readFile, stat } from 'node:fs/promises';
import { HostdevError } from '../../errors.ts';

/** RFC 7914, section 2, with the cost that OWASP's password storage cheat sheet asks for (2024). */
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 } as const;
const LENGTH = 32;

/** Shorter ones are tried in a night, however few a minute. */
const LEAST = 12;
const MOST = 1024;

const derive = promisify(scrypt) as (password: string, salt: Buffer, length: number, options: typeof COST) => Promise<Buffer>;

export interface Password {
  readonly isRight: (given: string) => Promise<boolean>;
}

export async function passwordOf(text: string): Promise<Password> {
  const salt = randomBytes(16);
  const hash = await derive(text, salt, LENGTH, COST);
  // One after the other: each takes 128 MB for a moment.
  let last: Promise<unknown> = Promise.resolve();
  return {
    isRight: (given) => {
      if (given.length > MOST) return Promise.resolve(false);
      const answer = last.then(async () => timingSafeEqual(await derive(given, salt, LENGTH, COST), hash));
      last = answer.catch(() => undefined);
      return answer;
    },
  };
}

/** @throws {HostdevError} `listen-unsafe` for a file that others may read, and for a password that is too short. */
export async function readPassword(file: string): Promise<Password> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new HostdevError('file-not-found', `the password file ${file} cannot be read`, { subject: file, cause });
  });
  if ((found.mode & 0o077) !== 0) throw new HostdevError('listen-unsafe', `${file} can be read by others`, { subject: file, hint: `chmod 600 ${file}` });
  const text = (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  if (text.length >= LEAST && text.length <= MOST) return passwordOf(text);
  throw new HostdevError('listen-unsafe', `the password in ${file} has ${text.length} letters; it needs ${LEAST} to ${MOST}`, { subject: file });
}
