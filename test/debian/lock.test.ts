import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatLock, type Lock, parseLock, projectLock, readLock, setKey } from '../../lab/debian/lock.ts';
import { compareLocks, makeLock } from '../../lab/debian/make-lock.ts';
import type { DebianPackage } from '../../lab/debian/package.ts';
import { type PackageSet, SETS, type SetName } from '../../lab/debian/sets.ts';
import { type Repository, startRepository } from './repository.ts';

const EMPTY = { formatVersion: 1, date: '', indexes: {}, sets: {}, packages: {}, keyring: [] };

describe("the project's lock", () => {
  const lock = projectLock();

  it.each(Object.entries(SETS) as [SetName, PackageSet][])('has %s as it is wished for today, for every architecture', (name, { architectures, roots }) => {
    for (const architecture of architectures) {
      const locked = lock.sets.get(setKey(name, architecture));
      expect(locked?.roots, 'npm run lab:lock').toEqual(roots);
      expect(locked?.packages.map(({ name }) => name)).toEqual(expect.arrayContaining([...roots]));
    }
  });

  it('is written as npm run lab:lock writes it', () => {
    expect(formatLock(lock)).toBe(readFileSync('lab/debian/lock.json', 'utf8'));
  });
});

describe('a lock that is damaged', () => {
  const [line = ''] = /^.*pool.*$/m.exec(readFileSync('lab/debian/lock.json', 'utf8')) ?? [];
  it.each([
    ['names a file outside the pool', line.replace('pool/', 'pool/../../etc/'), /outside the pool/],
    ['has half a checksum', line.replace(/[0-9a-f]{8}"\]/, '"]'), /no SHA-256/],
    ['has an unknown archive', line.replace(/"(debian|security)"/, '"elsewhere"'), /archive elsewhere/],
    ['has a size that is none', line.replace(/,\d+,/, ',-1,'), /-1 bytes/],
  ])('is refused when it %s', (_, damaged, message) => {
    expect(line).not.toBe(damaged);
    const text = {
      ...EMPTY,
      packages: JSON.parse(`{${damaged.replace(/,$/, '')}}`) as unknown,
      keyring: [],
    };
    expect(() => parseLock(text)).toThrow(message);
  });

  const without = (key: string): Record<string, unknown> => Object.fromEntries(Object.entries(EMPTY).filter(([name]) => name !== key));
  it.each<[string, string, RegExp]>([
    ['is no JSON', readFileSync('lab/debian/lock.json', 'utf8').slice(0, 5000), /is damaged: .+; git checkout/],
    ['is empty', '', /is damaged/],
    ['is a list', '[]', /formatVersion, date, indexes, sets, packages, keyring are missing or of the wrong form/],
    ['is nothing', 'null', /are missing/],
    ...Object.keys(EMPTY).map((key): [string, string, RegExp] => [`has no ${key}`, JSON.stringify(without(key)), new RegExp(`damaged: ${key} is missing`)]),
    ['has a set without packages', JSON.stringify({ ...EMPTY, sets: { a: { roots: [] } } }), /damaged: sets is missing or of the wrong form/],
    ['has a package that is a word', JSON.stringify({ ...EMPTY, packages: { 'a 1 amd64': 'pool' } }), /damaged: packages is/],
    ['has keys that are a number', JSON.stringify({ ...EMPTY, keyring: [7] }), /damaged: keyring is/],
  ])('is refused in one sentence when it %s', (_, text, message) => {
    expect(() => readLock(text)).toThrow(message);
  });

  it('is refused when it has a later format', () => {
    expect(() => readLock('{"formatVersion": 2}')).toThrow('the lock has format 2, not 1');
  });

  it('is refused when a set names a package that it does not have', () => {
    expect(() => parseLock({ ...EMPTY, sets: { a: { roots: [], packages: ['x 1 amd64'] } } })).toThrow('has no x 1 amd64');
  });
});

describe('npm run lab:lock', () => {
  let repository: Repository;
  beforeEach(async () => {
    repository = await startRepository();
  });
  afterEach(() => repository.stop());

  const sets: Record<string, PackageSet> = { host: { release: 'trixie', architectures: ['s390x'], roots: ['qemu'] } };
  const make = (): Promise<Lock> =>
    makeLock({
      ...{
        mirror: repository.mirror,
        directory: mkdtempSync(join(tmpdir(), 'lists-')),
        keyring: repository.keyring,
        oldest: {},
        work: mkdtempSync(join(tmpdir(), 'work-')),
        sets,
      },
      shown: { note: () => undefined, tell: () => undefined, moves: false },
    });
  const chosen = (lock: Lock): string[] => (lock.sets.get('host/s390x')?.packages ?? []).map(({ name, version }: DebianPackage) => `${name} ${version}`);

  it('takes of everything that is needed the newest that an index has and that is there', async () => {
    const add = repository.add;
    const qemu = add('debian', { name: 'qemu', version: '10', depends: 'libc6 (>= 2), awk, libssl3 (>= 3) | libssl1 (>= 1)' });
    const [two, three] = ['2', '3'].map((version) => add('debian', { name: 'libc6', version }));
    const mawk = add('debian', { name: 'mawk', version: '1', provides: 'awk' });
    const ssl = add('security', { name: 'libssl3', version: '3.5' }, 'pool/updates/main/l/libssl3/libssl3_3.5_s390x.deb');
    const unneeded = add('debian', { name: 'unneeded', version: '1' });
    repository.remove(`/debian/${three?.path}`);
    await repository.publish(
      'debian',
      'trixie',
      [qemu, three, mawk, unneeded].flatMap((one) => one ?? []),
    );
    await repository.publish(
      'debian',
      'stable',
      [two].flatMap((one) => one ?? []),
      { codename: 'trixie', date: 'Sat, 12 Sep 2026 07:55:41 UTC' },
    );
    await repository.publish('security', 'trixie-security', [ssl]);
    const lock = await make();
    expect(chosen(lock)).toEqual(['libc6 2', 'libssl3 3.5', 'mawk 1', 'qemu 10']);
    expect(lock.indexes['trixie']).toBe('2026-09-12T07:55:41.000Z');
    expect(readLock(formatLock(lock))).toEqual(lock);
  });

  it('prints what has changed since', async () => {
    const old = repository.add('debian', { name: 'qemu', version: '10', depends: 'libold' });
    await repository.publish('debian', 'trixie', [old, repository.add('debian', { name: 'libold', version: '1' })]);
    const before = await make();
    const now = repository.add('debian', { name: 'qemu', version: '11', depends: 'libnew' });
    await repository.publish('debian', 'trixie', [now, repository.add('debian', { name: 'libnew', version: '1' })]);
    const after = await make();
    expect(compareLocks(before, after)).toEqual(['host/s390x: libnew (new) → 1', 'host/s390x: libold 1 → (not needed any more)', 'host/s390x: qemu 10 → 11']);
    expect(compareLocks(after, after)).toEqual([]);
  });

  it('takes who provides a name in the version that is wished for, of those that are there', async () => {
    const qemu = repository.add('debian', { name: 'qemu', version: '1', depends: 'libx (>= 5), awk' });
    const [old, fits] = [
      repository.add('debian', { name: 'x4', version: '1', provides: 'libx (= 4)' }),
      repository.add('debian', { name: 'x5', version: '1', provides: 'libx (= 5)', depends: 'libx (>= 5)' }),
    ];
    const [mawk1, mawk2] = ['1', '2'].map((version) => repository.add('debian', { name: 'mawk', version, provides: 'awk' }));
    repository.remove(`/debian/${mawk2?.path}`);
    await repository.publish(
      'debian',
      'trixie',
      [qemu, old, fits, mawk2].flatMap((one) => one ?? []),
    );
    await repository.publish(
      'debian',
      'stable',
      [mawk1].flatMap((one) => one ?? []),
      { codename: 'trixie', date: 'Sat, 12 Sep 2026 07:55:41 UTC' },
    );
    expect(chosen(await make())).toEqual(['mawk 1', 'qemu 1', 'x5 1']);
  });

  it('says what no index has', async () => {
    await repository.publish('debian', 'trixie', [repository.add('debian', { name: 'qemu', version: '10', depends: 'libnone | libnever' })]);
    await expect(make()).rejects.toThrow('no index has libnone or libnever');
  });
});
