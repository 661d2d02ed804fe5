import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storedPath } from '../../lab/debian/fetch-file.ts';
import { DownloadFailed, PackageGone } from '../../lab/debian/gone.ts';
import type { Lock } from '../../lab/debian/lock.ts';
import { obtainSet } from '../../lab/debian/obtain.ts';
import type { DebianPackage } from '../../lab/debian/package.ts';
import { downloadProgress } from '../../lab/debian/progress.ts';
import { unpackPackages } from '../../lab/debian/unpack.ts';
import { type Repository, startRepository } from './repository.ts';

const DATE = '2026-11-25T10:00:00Z';

describe('a locked package', () => {
  let repository: Repository;
  let directory: string;
  let told: string[];
  beforeEach(async () => {
    repository = await startRepository();
    directory = mkdtempSync(join(tmpdir(), 'packages-'));
    told = [];
  });
  afterEach(() => repository.stop());

  const lockOf = (packages: readonly DebianPackage[], indexes: Lock['indexes'] = {}): Lock => ({
    date: DATE,
    indexes,
    keyring: repository.keyring,
    sets: new Map([['host/s390x', { roots: packages.slice(0, 1).map(({ name }) => name), packages }]]),
  });
  const obtain = async (packages: readonly DebianPackage[], indexes?: Lock['indexes']): Promise<string[]> => {
    const progress = downloadProgress({ note: () => undefined, tell: (line) => told.push(line), moves: false });
    const paths = await obtainSet('host/s390x', 'trixie', { lock: lockOf(packages, indexes), mirror: repository.mirror, directory, progress, waitMs: 5 });
    return paths.map((path) => basename(path).slice(9));
  };

  describe('is taken, without a word, from', () => {
    it.each([
      ['the pool of its archive', '/debian/pool/main/l/libc6/libc6_2_s390x.deb'],
      ['the pool of the security archive', '/debian-security/pool/main/l/libc6/libc6_2_s390x.deb'],
      ['the same under updates/', '/debian-security/pool/updates/main/l/libc6/libc6_2_s390x.deb'],
      ['the snapshot archive, by the date of the lock', '/archive/debian/20261125T100000Z/pool/main/l/libc6/libc6_2_s390x.deb'],
      ['the snapshot of the security archive', '/archive/debian-security/20261125T100000Z/pool/updates/main/l/libc6/libc6_2_s390x.deb'],
    ])('%s', async (_, path) => {
      const locked = repository.add('debian', { name: 'libc6', version: '2' });
      const usual = `/debian/${locked.path}`;
      const bytes = bytesOf(repository, usual);
      repository.remove(usual);
      repository.put(path, bytes);
      expect(await obtain([locked])).toEqual(['libc6_2_s390x.deb']);
      expect(told).toEqual([]);
    });

    it("the main archive's pool when it was locked from the security archive's", async () => {
      const locked = repository.add('security', { name: 'openssl', version: '3' }, 'pool/updates/main/o/openssl/openssl_3_s390x.deb');
      const bytes = bytesOf(repository, `/debian-security/${locked.path}`);
      repository.remove(`/debian-security/${locked.path}`);
      repository.put('/debian/pool/main/o/openssl/openssl_3_s390x.deb', bytes);
      expect(await obtain([locked])).toEqual(['openssl_3_s390x.deb']);
    });
  });

  it('is replaced by the newest version that a signed index has when it is nowhere any more, and that is told in a line', async () => {
    const locked = repository.add('debian', { name: 'libc6', version: '2.41-1' });
    repository.remove(`/debian/${locked.path}`);
    const [older, newer] = ['2.41-2', '2.41-10'].map((version) => repository.add('debian', { name: 'libc6', version }));
    await repository.publish(
      'debian',
      'trixie',
      [older, newer].flatMap((one) => one ?? []),
    );
    expect(await obtain([locked])).toEqual(['libc6_2.41-10_s390x.deb']);
    expect(told).toEqual(['libc6 2.41-1 is nowhere any more: 2.41-10 is taken']);
  });

  it('is replaced by the newest that is there when the mirror lags behind its own index: an older index that is signed as well knows it', async () => {
    const locked = repository.add('debian', { name: 'libc6', version: '1' });
    const named = repository.add('debian', { name: 'libc6', version: '3' });
    for (const { path } of [locked, named]) repository.remove(`/debian/${path}`);
    const there = repository.add('debian', { name: 'libc6', version: '2' });
    await repository.publish('debian', 'trixie', [named]);
    await repository.publish('debian', 'stable', [there], { codename: 'trixie', date: 'Sat, 12 Sep 2026 07:55:41 UTC' });
    expect(await obtain([locked])).toEqual(['libc6_2_s390x.deb']);
    expect(told).toEqual(['libc6 1 is nowhere any more: 2 is taken']);
  });

  it('is replaced by what an older signed index knows when the newest list of packages has not come to the mirror yet', async () => {
    const locked = repository.add('debian', { name: 'libc6', version: '1' });
    repository.remove(`/debian/${locked.path}`);
    const [there, more] = ['libc6', 'more'].map((name) => repository.add('debian', { name, version: '2' }));
    await repository.publish(
      'debian',
      'trixie',
      [there, more].flatMap((one) => one ?? []),
      { withoutList: true },
    );
    // The mirror has the older list under both names.
    await repository.publish(
      'debian',
      'stable',
      [there].flatMap((one) => one ?? []),
      { codename: 'trixie', date: 'Sat, 12 Sep 2026 07:55:41 UTC' },
    );
    const list = 'main/binary-s390x/Packages.xz';
    repository.put(`/debian/dists/trixie/${list}`, bytesOf(repository, `/debian/dists/stable/${list}`));
    expect(await obtain([locked])).toEqual(['libc6_2_s390x.deb']);
    expect(told[0]).toMatch(/^the list of packages that the index trixie of .* is not on the mirror/);
  });

  it('is replaced from the index of the security archive', async () => {
    const locked = repository.add('debian', { name: 'nodejs', version: '20.19.1' });
    repository.remove(`/debian/${locked.path}`);
    const fixed = repository.add('security', { name: 'nodejs', version: '20.19.2' }, 'pool/updates/main/n/nodejs/nodejs_20.19.2_s390x.deb');
    await repository.publish('security', 'trixie-security', [fixed]);
    expect(await obtain([locked])).toEqual(['nodejs_20.19.2_s390x.deb']);
  });

  it('brings what its replacement needs besides', async () => {
    const locked = repository.add('debian', { name: 'qemu', version: '1' });
    repository.remove(`/debian/${locked.path}`);
    const newer = repository.add('debian', { name: 'qemu', version: '2', depends: 'libnew (>= 1), zlib1g' });
    const zlib = repository.add('debian', { name: 'zlib1g', version: '1' });
    const library = repository.add('debian', { name: 'libnew', version: '1' });
    await repository.publish('debian', 'trixie', [newer, library, zlib]);
    expect(await obtain([locked, zlib])).toEqual(['zlib1g_1_s390x.deb', 'qemu_2_s390x.deb', 'libnew_1_s390x.deb']);
    expect(told).toEqual(['qemu 1 is nowhere any more: 2 is taken', 'libnew 1 is taken besides']);
  });

  it('whose very name has gone, like a kernel of an older ABI, gives way to what the same wish brings today', async () => {
    const meta = repository.add('debian', { name: 'linux-image-s390x', version: '6.12.1', depends: 'linux-image-6.12.1-s390x' });
    const kernel = repository.add('debian', { name: 'linux-image-6.12.1-s390x', version: '6.12.1' });
    repository.remove(`/debian/${kernel.path}`);
    const meta2 = repository.add('debian', { name: 'linux-image-s390x', version: '6.12.2', depends: 'linux-image-6.12.2-s390x' });
    const kernel2 = repository.add('debian', { name: 'linux-image-6.12.2-s390x', version: '6.12.2' });
    await repository.publish('debian', 'trixie', [meta2, kernel2]);
    expect(await obtain([meta, kernel])).toEqual(['linux-image-s390x_6.12.1_s390x.deb', 'linux-image-6.12.2-s390x_6.12.2_s390x.deb']);
    expect(told).toEqual([
      'linux-image-6.12.2-s390x 6.12.2 is taken besides',
      'linux-image-6.12.1-s390x 6.12.1 is nowhere any more, and nothing else needs it: it is left out',
    ]);
  });

  it('whose successor has not come to the mirror yet gives way to its predecessor, which an older signed index knows', async () => {
    const image = (version: string): (DebianPackage & { readonly name: string })[] => [
      repository.add('debian', { name: 'linux-image-s390x', version, depends: `linux-image-${version}-s390x (= ${version})` }),
      repository.add('debian', { name: `linux-image-${version}-s390x`, version }),
    ];
    const [older, locked, newer] = ['6.12.1', '6.12.2', '6.12.3'].map(image);
    for (const { path } of [locked?.[1], newer?.[1]].flatMap((one) => one ?? [])) repository.remove(`/debian/${path}`);
    await repository.publish('debian', 'trixie', newer ?? []);
    await repository.publish('debian', 'stable', older ?? [], { codename: 'trixie', date: 'Sat, 12 Sep 2026 07:55:41 UTC' });
    expect(await obtain(locked ?? [])).toEqual(['linux-image-s390x_6.12.2_s390x.deb', 'linux-image-6.12.1-s390x_6.12.1_s390x.deb']);
    expect(told).toEqual([
      'linux-image-6.12.1-s390x 6.12.1 is taken besides',
      'linux-image-6.12.2-s390x 6.12.2 is nowhere any more, and nothing else needs it: it is left out',
    ]);
  });

  describe('is never replaced from an index', () => {
    it.each([
      ['that somebody else has signed', { byStranger: true }, /is left out, its signature is not good: /],
      ['of another release under the same name', { codename: 'forky' }, undefined],
      [
        'older than any the lock was made from',
        { date: 'Sat, 12 Sep 2020 07:55:41 UTC' },
        /is left out: it is of 2020-09-12, older than any the lock was made from/,
      ],
      [
        'whose list of packages is not on the mirror',
        { withoutList: true },
        /the list of packages that the index trixie of \S+ names is not on the mirror; that index is left out/,
      ],
    ])('%s', async (_, options, words) => {
      const locked = repository.add('debian', { name: 'libc6', version: '1' });
      repository.remove(`/debian/${locked.path}`);
      await repository.publish('debian', 'trixie', [repository.add('debian', { name: 'libc6', version: '2' })], options);
      await expect(obtain([locked], { trixie: '2026-09-01T00:00:00.000Z' })).rejects.toThrow('has no signed index of trixie that can be used');
      if (words !== undefined) expect(told.join('\n')).toMatch(words);
    });
  });

  it('is continued from the beginning when what an earlier run has left is something else', async () => {
    const locked = repository.add('debian', { name: 'libc6', version: '2' });
    for (const size of [10, locked.size]) {
      writeFileSync(`${storedPath(locked, directory)}.part`, Buffer.alloc(size));
      expect(await obtain([locked])).toEqual(['libc6_2_s390x.deb']);
      rmSync(storedPath(locked, directory));
    }
    expect(told).toEqual([]);
  });

  it('is looked for elsewhere when one place has an error of its own', async () => {
    const locked = repository.add('debian', { name: 'libc6', version: '2' });
    repository.fail(`/debian/${locked.path}`, { kind: 'error', status: 500 });
    repository.put(`/debian-security/${locked.path}`, bytesOf(repository, `/debian/${locked.path}`));
    expect(await obtain([locked])).toEqual(['libc6_2_s390x.deb']);
  });

  it('that is refused somewhere is never said to be gone, which would excuse it', async () => {
    const [root, wrong, gone] = ['qemu', 'libwrong', 'libgone'].map((name) => repository.add('debian', { name, version: '1' }));
    repository.fail(`/debian/${wrong?.path}`, { kind: 'corrupt' });
    repository.remove(`/debian/${gone?.path}`);
    const index = repository.add('debian', { name: 'qemu', version: '2', depends: 'libwrong, libgone' });
    await repository.publish(
      'debian',
      'trixie',
      [index, wrong, gone].flatMap((one) => one ?? []),
    );
    const error = await obtain([root, gone, wrong].flatMap((one) => one ?? [])).catch((reason: unknown) => reason as Error);
    expect(error).toBeInstanceOf(DownloadFailed);
    expect((error as Error).message).toMatch(/libwrong 1 cannot be downloaded/);
  });

  it('brings what its replacement needs in a version that fits, and the other alternative where the first is nowhere', async () => {
    const locked = repository.add('debian', { name: 'qemu', version: '1' });
    repository.remove(`/debian/${locked.path}`);
    const [old, fits] = ['1', '2'].map((version) => repository.add('debian', { name: 'libvirt0', version }));
    const real = repository.add('debian', { name: 'libreal', version: '1' });
    const newer = repository.add('debian', { name: 'qemu', version: '2', depends: 'libnone | libreal, libvirt0 (= 2)' });
    await repository.publish(
      'debian',
      'trixie',
      [newer, fits, real].flatMap((one) => one ?? []),
    );
    expect(await obtain([locked, old].flatMap((one) => one ?? []))).toEqual([
      'libvirt0_1_s390x.deb',
      'qemu_2_s390x.deb',
      'libreal_1_s390x.deb',
      'libvirt0_2_s390x.deb',
    ]);
  });

  it('is not replaced where the address is no mirror: that is told', async () => {
    const locked = repository.add('debian', { name: 'libc6', version: '1' });
    repository.remove(`/debian/${locked.path}`);
    repository.remove('/debian-security/dists/trixie-security/InRelease');
    await repository.publish('debian', 'trixie', []);
    await expect(obtain([locked])).rejects.toThrow(
      /\/debian-security has no index of trixie-security: it is no mirror of Debian's; HOSTDEV_DEBIAN_SECURITY_MIRROR names another one/,
    );
  });

  it('with a wrong hash is refused, and taken from the next place', async () => {
    const locked = repository.add('debian', { name: 'libc6', version: '2' });
    repository.fail(`/debian/${locked.path}`, { kind: 'corrupt' });
    repository.put(`/debian-security/${locked.path}`, bytesOf(repository, `/debian/${locked.path}`));
    expect(await obtain([locked])).toEqual(['libc6_2_s390x.deb']);
    expect(told).toEqual([
      expect.stringMatching(/\/debian\/pool\/main\/l\/libc6\/libc6_2_s390x\.deb is refused: SHA-256 [0-9a-f]{16}… instead of [0-9a-f]{16}…$/),
    ]);
  });

  it('with a wrong hash everywhere is a failure, and nothing of it is kept', async () => {
    const locked = repository.add('debian', { name: 'libc6', version: '2' });
    repository.fail(`/debian/${locked.path}`, { kind: 'corrupt' });
    await repository.publish('debian', 'trixie', [locked]);
    await expect(obtain([locked])).rejects.toThrow(DownloadFailed);
    expect(readdirSync(directory).filter((name) => name.includes('libc6'))).toEqual([]);
  });

  it('that is cut in the middle is continued where it was, as often as it comes further', async () => {
    const locked = repository.add('debian', { name: 'big', version: '1', bytes: 200_000 });
    repository.fail(`/debian/${locked.path}`, { kind: 'cut', after: 20_000, times: 5 });
    expect(await obtain([locked])).toEqual(['big_1_s390x.deb']);
    expect(repository.requests).toEqual(['', ...[1, 2, 3, 4, 5].map((n) => ` from ${n * 20_000}`)].map((from) => `GET /debian/${locked.path}${from}`));
  });

  it('that is cut where nothing can be continued is fetched from its beginning', async () => {
    const locked = repository.add('debian', { name: 'big', version: '1', bytes: 200_000 });
    repository.fail(`/debian/${locked.path}`, { kind: 'no-ranges', after: 20_000, times: 1 });
    expect(await obtain([locked])).toEqual(['big_1_s390x.deb']);
  });

  it('that is there whole is never fetched again', async () => {
    const packages = ['libc6', 'zlib1g'].map((name) => repository.add('debian', { name, version: '1' }));
    await obtain(packages);
    const { length } = repository.requests;
    expect(await obtain(packages)).toEqual(['libc6_1_s390x.deb', 'zlib1g_1_s390x.deb']);
    expect(repository.requests).toHaveLength(length);
  });

  it('that is nowhere ends in a failure that names it and every place that was asked', async () => {
    const locked = repository.add('debian', { name: 'libc6', version: '1' });
    const newer = repository.add('debian', { name: 'libc6', version: '2' });
    for (const { path } of [locked, newer]) repository.remove(`/debian/${path}`);
    await repository.publish('debian', 'trixie', [newer]);
    const error = await obtain([locked]).catch((reason: unknown) => reason as Error);
    expect(error).toBeInstanceOf(PackageGone);
    const { archives, snapshot } = repository.mirror;
    const places = ['1', '2'].flatMap((version) => {
      const path = `main/l/libc6/libc6_${version}_s390x.deb`;
      const stamp = '20261125T100000Z';
      return [
        ...[`${archives.debian}/pool/${path}`, `${archives.security}/pool/${path}`, `${archives.security}/pool/updates/${path}`],
        ...[
          `${snapshot}/debian/${stamp}/pool/${path}`,
          `${snapshot}/debian-security/${stamp}/pool/updates/${path}`,
          `${snapshot}/debian-security/${stamp}/pool/${path}`,
        ],
      ];
    });
    expect((error as Error).message.split('\n')).toEqual([
      'the Debian package libc6 1 is nowhere to be had; asked were',
      ...places.map((place) => `  ${place}: HTTP 404`),
    ]);
  });

  it('is not said to be gone when the mirror does not answer: that is another failure', async () => {
    const locked = repository.add('debian', { name: 'libc6', version: '1' });
    await repository.stop();
    const error = await obtain([locked]).catch((reason: unknown) => reason as Error);
    expect(error).toBeInstanceOf(DownloadFailed);
    expect((error as Error).message).toMatch(
      /^the Debian package libc6 1 cannot be downloaded:\n(?: {2}http:\/\/127\S+: .*ECONNREFUSED.*\n)+Check the network/,
    );
  });

  it('is unpacked without dpkg', async () => {
    const locked = repository.add('debian', { name: 'libc6', version: '1', bytes: 100 });
    await obtain([locked]);
    const tree = mkdtempSync(join(tmpdir(), 'tree-'));
    await unpackPackages(
      readdirSync(directory)
        .filter((name) => name.endsWith('.deb'))
        .map((name) => join(directory, name)),
      tree,
    );
    expect(readFileSync(join(tree, 'usr/share/libc6'), 'utf8').slice(0, 2)).toBe('1\n');
    expect(existsSync(join(tree, 'lib'))).toBe(true);
  });
});

function bytesOf(repository: Repository, path: string): Buffer {
  const bytes = repository.bytesOf(path);
  if (bytes === undefined) throw new Error(`${path} is not there`);
  return bytes;
}
