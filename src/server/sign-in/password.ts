/** The password beyond loopback: kept as scrypt makes it. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { stat } from 'node:fs/promises';
import { HostdevError } from '../../errors.ts';
import { explainUnread } from '../../files/explain.ts';
import { readBounded } from '../../files/read-bounded.ts';

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

/**
 * Reads the password of a file.
 *
 * @throws {HostdevError} `listen-unsafe` for a file that others may read, and for a password that is too short or too long, or that nobody could type; `file-not-found`, `file-unreadable`.
 */
export async function readPassword(file: string): Promise<Password> {
  const text = await readOwn(file).catch((error: unknown) => {
    throw explainUnread(error, { name: file, hint: 'name a file that has the password in its only line' });
  });
  const fault = faultIn(text);
  if (text !== undefined && fault === undefined) return passwordOf(text);
  throw new HostdevError('listen-unsafe', `the password in ${file} ${fault}`, { subject: file, hint: 'name a file that has the password in its only line' });
}

/** What keeps a text from being a password; undefined where nothing does. */
function faultIn(text: string | undefined): string | undefined {
  if (text !== undefined && /[\r\n]/.test(text)) return 'has more than one line, and nobody could type it';
  if (text?.includes('\uFFFD') === true) return 'is not text in UTF-8, and nobody could type it';
  if (text !== undefined && text.length >= LEAST && text.length <= MOST) return undefined;
  return `has ${text === undefined ? `more than ${MOST}` : text.length} letters; it needs ${LEAST} to ${MOST}`;
}

/** What is in a file that nobody else can read; undefined where that is longer than any password. */
async function readOwn(file: string): Promise<string | undefined> {
  const { mode, uid } = await stat(file);
  const unsafe = (what: string, hint: string): HostdevError => new HostdevError('listen-unsafe', `${file} ${what}`, { subject: file, hint });
  if (uid !== 0 && uid !== process.geteuid?.()) throw unsafe('belongs to somebody else', 'name a file of your own');
  if ((mode & 0o077) !== 0) throw unsafe('can be read by others', 'keep the password in a file of its own, made with mode 0600');
  // Letters of UTF-8 have four bytes at most, and there may be the end of the line.
  return (await readBounded(file, 4 * MOST + 2))?.toString('utf8').replace(/\r?\n$/, '');
}
