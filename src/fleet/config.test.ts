import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FleetConfig, parseFleetConfig, readFleetConfig, removeFleetConfig, requireFleetConfig, hostIn, writeFleetConfig } from './config.ts';
import { formatStoreAddress, parseStoreAddress } from './store-address.ts';

const CERTIFICATES = { ca: '/etc/hostdev/ca.pem', cert: '/etc/hostdev/kvm1.pem', key: '/etc/hostdev/kvm1.key' };

describe('where a store is', () => {
  it.each([
    ['dir:/srv/fleet', {}, 'dir:/srv/fleet'],
    ['dir:/srv/fleet/', {}, 'dir:/srv/fleet'],
    ['dir:/', {}, 'dir:/'],
    ['etcd1', CERTIFICATES, 'https://etcd1:2379'],
    ['etcd1:12379, https://ETCD2/', CERTIFICATES, 'https://etcd1:12379,https://etcd2:2379'],
    ['[::1]:2379', CERTIFICATES, 'https://[::1]:2379'],
  ])('%s is read', (word, certificates, expected) => {
    expect(formatStoreAddress(parseStoreAddress(word, certificates))).toBe(expected);
  });

  it.each([
    ['dir:srv/fleet', {}, 'usage', 'no absolute path'],
    ['dir:', {}, 'usage', 'no absolute path'],
    ['dir:/srv/\u0007', {}, 'usage', 'no absolute path'],
    ['dir:/srv/fleet', CERTIFICATES, 'option-conflict', 'needs no certificates'],
    ['etcd1', {}, 'option-conflict', '--ca, --cert and --key'],
    ['etcd1', { ...CERTIFICATES, key: undefined }, 'option-conflict', '--ca, --cert and --key'],
    ['etcd1', { ...CERTIFICATES, key: 'kvm1.key' }, 'usage', '(--key)'],
    ['http://etcd1:2379', CERTIFICATES, 'usage', 'without TLS'],
    ['etcd1:70000', CERTIFICATES, 'usage', 'no endpoint'],
    ['etcd1/path', CERTIFICATES, 'usage', 'no endpoint'],
    ['user:secret@etcd1', CERTIFICATES, 'usage', 'a user before its @'],
    ['https://etcd1,http://user:sec,ret@etcd2', CERTIFICATES, 'usage', 'a user before its @'],
    ['', CERTIFICATES, 'usage', 'no endpoint'],
    [Array.from({ length: 16 }, (_, i) => `etcd${i}`).join(','), CERTIFICATES, 'usage', '16 endpoints'],
  ])('%j with %j is refused: %s, %s', (word, certificates, code, message) => {
    expect(() => parseStoreAddress(word, certificates)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) as unknown }));
    expect(() => parseStoreAddress(word, certificates)).toThrow(expect.objectContaining({ message: expect.not.stringMatching(/sec|ret/) as unknown }));
  });
});

describe('the file that says which fleet a machine is of', () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hostdev-fleet-'));
    file = join(directory, 'etc/fleet.conf');
  });
  afterEach(() => rm(directory, { recursive: true }));

  const CONFIGS: readonly FleetConfig[] = [
    { host: 'kvm1', store: { kind: 'directory', path: '/srv/fleet' } },
    { host: null, store: { kind: 'directory', path: '/srv/fleet' } },
    { host: 'kvm1', store: parseStoreAddress('etcd1,etcd2', CERTIFICATES) },
  ];

  it('is no directory, and no part of its path is a file: root could not read that either', async () => {
    await writeFile(join(directory, 'file'), '');
    for (const [name, why] of [
      [directory, 'is a directory, not a file'],
      [join(directory, 'file', 'fleet.conf'), 'a part of the path is no directory'],
    ] as const) {
      await expect(readFleetConfig(name)).rejects.toMatchObject({
        code: 'file-not-found',
        message: expect.stringContaining(why) as string,
        hint: "HOSTDEV_FLEET names the file that 'hostdev fleet join' writes; without it that is /etc/hostdev/fleet.conf",
      });
    }
  });

  it.each(CONFIGS)('is read as it was written: %j', async (config) => {
    await writeFleetConfig(file, config);
    expect(await readFleetConfig(file)).toEqual(config);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('is not there on a machine of no fleet, which is told where it would be', async () => {
    expect(await readFleetConfig(file)).toBeUndefined();
    await expect(requireFleetConfig(file)).rejects.toMatchObject({ code: 'fleet-absent', message: expect.stringContaining(file) as unknown });
    await removeFleetConfig(file);
  });

  it('of a machine that only looks gives it no name among the hosts, and says how it becomes one', async () => {
    const store = { kind: 'directory', path: '/srv/fleet' } as const;
    await writeFleetConfig(file, { host: null, store });
    const host = async (): Promise<string> => hostIn(await requireFleetConfig(file), file);
    await expect(host()).rejects.toMatchObject({ code: 'fleet-absent', subject: file, hint: expect.stringContaining('fleet join') as unknown });
    await writeFleetConfig(file, { host: 'kvm1', store });
    expect(await host()).toBe('kvm1');
  });

  it('is gone once it was removed', async () => {
    await writeFleetConfig(file, CONFIGS[0] as FleetConfig);
    await removeFleetConfig(file);
    expect(await readFleetConfig(file)).toBeUndefined();
  });

  it('that cannot be written keeps the one that was there', async () => {
    await writeFile(join(directory, 'etc'), 'a file where a directory would be');
    await expect(writeFleetConfig(file, CONFIGS[0] as FleetConfig)).rejects.toMatchObject({ code: 'file-unwritable' });
    expect(await readFile(join(directory, 'etc'), 'utf8')).toContain('a file where');
  });

  it('of more than it can have is refused before it is read whole', async () => {
    await writeFile(join(directory, 'large'), Buffer.alloc(64 * 1024 + 1, ' '));
    await expect(readFleetConfig(join(directory, 'large'))).rejects.toMatchObject({ code: 'fleet-config' });
  });

  it.each([
    ['', 'no JSON'],
    ['[]', 'the file is no object'],
    ['{"version":2,"host":"kvm1","store":{"directory":"/srv"}}', 'version 2'],
    ['{"version":1,"host":"KVM 1","store":{"directory":"/srv"}}', 'KVM 1'],
    ['{"version":1,"host":7,"store":{"directory":"/srv"}}', '"host"'],
    ['{"version":1,"host":"kvm1"}', '"store"'],
    ['{"version":1,"host":"kvm1","store":{"directory":"srv"}}', 'no absolute path'],
    ['{"version":1,"host":"kvm1","store":{"endpoints":[]}}', '"endpoints"'],
    ['{"version":1,"host":"kvm1","store":{"endpoints":["http://e"],"ca":"/c","certificate":"/d","key":"/e"}}', 'without TLS'],
    ['{"version":1,"host":"kvm1","store":{"endpoints":["e"],"ca":"/c","certificate":"/d"}}', '"key"'],
  ])('is refused where it says %s', (text, message) => {
    expect(() => parseFleetConfig(text, 'fleet.conf')).toThrow(
      expect.objectContaining({ code: 'fleet-config', message: expect.stringContaining(message) as unknown }),
    );
  });
});
