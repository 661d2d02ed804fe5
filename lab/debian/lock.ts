/** The lock: every package the laboratory is made of, by hash. `npm run lab:lock` writes it. */
import lockFile from './lock.json' with { type: 'json' };
import type { DebianPackage } from './package.ts';
import { checksum, fileSize, poolPath } from './package.ts';
import type { SetName } from './sets.ts';

export interface Lock {
  /** When it was made, ISO 8601. */
  readonly date: string;
  /** Codename → date of the oldest signed index it was made from. */
  readonly indexes: Readonly<Record<string, string>>;
  /** Armoured keys of Debian's archives. */
  readonly keyring: string;
  /** Set and architecture, as `host-s390x/s390x`. */
  readonly sets: ReadonlyMap<string, LockedSet>;
}

export interface LockedSet {
  /** What was asked for; everything else is needed by it. */
  readonly roots: readonly string[];
  readonly packages: readonly DebianPackage[];
}

/** As it is written: a package is a line, the keys of its sets name it. */
interface LockText {
  readonly formatVersion: number;
  readonly date: string;
  readonly indexes: Readonly<Record<string, string>>;
  readonly sets: Readonly<Record<string, { readonly roots: readonly string[]; readonly packages: readonly string[] }>>;
  readonly packages: Readonly<Record<string, readonly [archive: string, path: string, size: number, sha256: string]>>;
  readonly keyring: readonly string[];
}

const LOCK_VERSION = 1;

/** Name under which a set of an architecture is locked. */
export function setKey(set: SetName, architecture: string): string {
  return `${set}/${architecture}`;
}

/** The lock of this project. */
export function projectLock(): Lock {
  return parseLock(lockFile);
}

/** @throws when the text is no lock of this version. */
export function parseLock(parsed: unknown): Lock {
  const text = lockText(parsed);
  const packages = new Map(
    Object.entries(text.packages).map(([key, [archive, path, size, sha256]]): [string, DebianPackage] => {
      const [name = '', version = ''] = key.split(' ');
      if (archive !== 'debian' && archive !== 'security') throw new Error(`the lock names the archive ${archive}`);
      return [key, { name, version, archive, path: poolPath(path), size: fileSize(String(size)), sha256: checksum(sha256) }];
    }),
  );
  const sets = Object.entries(text.sets).map(([key, { roots, packages: names }]): [string, LockedSet] => [
    key,
    {
      roots,
      packages: names.map((name) => {
        const found = packages.get(name);
        if (found === undefined) throw new Error(`the lock has no ${name}, which ${key} needs`);
        return found;
      }),
    },
  ]);
  return { date: text.date, indexes: text.indexes, keyring: text.keyring.join('\n'), sets: new Map(sets) };
}

/** @throws one message when it does not look like a lock. */
function lockText(parsed: unknown): LockText {
  const text = isRecord(parsed) ? parsed : {};
  if (typeof text['formatVersion'] === 'number' && text['formatVersion'] !== LOCK_VERSION) {
    throw new Error(`the lock has format ${text['formatVersion']}, not ${LOCK_VERSION}`);
  }
  const wrong = Object.entries(FORM).flatMap(([key, fits]) => (fits(text[key]) ? [] : [key]));
  if (wrong.length > 0) throw damaged(`${wrong.join(', ')} ${wrong.length === 1 ? 'is' : 'are'} missing or of the wrong form`);
  return text as unknown as LockText;
}

/** The lock in the text of its file. */
export function readLock(text: string): Lock {
  try {
    return parseLock(JSON.parse(text));
  } catch (error) {
    throw error instanceof SyntaxError ? damaged(error.message) : error;
  }
}

function damaged(why: string): Error {
  return new Error(`lab/debian/lock.json is damaged: ${why}; git checkout lab/debian/lock.json brings it back`);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string');
const isText = (value: unknown): boolean => typeof value === 'string';
const all = (value: unknown, fits: (each: unknown) => boolean): boolean => isRecord(value) && Object.values(value).every(fits);

/** What each part of a lock looks like. What is in it is looked at one by one. */
const FORM: Readonly<Record<keyof LockText, (value: unknown) => boolean>> = {
  formatVersion: (value) => typeof value === 'number',
  date: isText,
  indexes: (value) => all(value, isText),
  sets: (value) => all(value, (set) => isRecord(set) && isTexts(set['roots']) && isTexts(set['packages'])),
  packages: (value) => all(value, (one) => Array.isArray(one) && one.length === 4 && [one[0], one[1], one[3]].every(isText) && typeof one[2] === 'number'),
  keyring: isTexts,
};

/** How a package is named in the lock: `libc6 2.41-12 s390x`. */
function packageKey(one: DebianPackage, architecture: string): string {
  return `${one.name} ${one.version} ${architecture}`;
}

/** Writes a lock so that a changed package is a changed line. */
export function formatLock(lock: Lock): string {
  const packages = new Map<string, string>();
  const sets = [...lock.sets].map(([key, { roots, packages: members }]) => {
    const architecture = key.slice(key.indexOf('/') + 1);
    for (const one of members) packages.set(packageKey(one, architecture), JSON.stringify([one.archive, one.path, one.size, one.sha256]));
    const names = members.map((one) => `        ${JSON.stringify(packageKey(one, architecture))}`).join(',\n');
    return `    ${JSON.stringify(key)}: {\n      "roots": ${JSON.stringify(roots)},\n      "packages": [\n${names}\n      ]\n    }`;
  });
  const lines = [...packages].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, text]) => `    ${JSON.stringify(key)}: ${text}`);
  const indexes = Object.entries(lock.indexes).map(([codename, date]) => `    ${JSON.stringify(codename)}: ${JSON.stringify(date)}`);
  const keyring = lock.keyring.split('\n').map((line) => `    ${JSON.stringify(line)}`);
  return [
    '{',
    `  "formatVersion": ${LOCK_VERSION},`,
    `  "date": ${JSON.stringify(lock.date)},`,
    `  "indexes": {\n${indexes.join(',\n')}\n  },`,
    `  "sets": {\n${sets.join(',\n')}\n  },`,
    `  "packages": {\n${lines.join(',\n')}\n  },`,
    `  "keyring": [\n${keyring.join(',\n')}\n  ]`,
    '}\n',
  ].join('\n');
}
