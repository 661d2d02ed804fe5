import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFingerprint } from '../host/fingerprint.ts';
import { readStatus } from './status.ts';
import { removePersistent } from './persistent-remove.ts';
import { listPersistent } from './persistent-list.ts';
import { prepareFunctions } from './prepare.ts';
import { setVf } from './vf-set.ts';
import { createVfs, removeVfs } from './virtual-functions.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { type FakeFunction, fakeKernel, type FakeKernel, type FakeKernelOptions } from '../testing/fake-kernel.ts';
import type { PersistentRule } from '../state/persist/persistent-rule.ts';
import { ruleFile } from '../state/persist/paths.ts';
import { formatRule, parseRule } from '../state/persist/rule-text.ts';

const NIC: FakeFunction = {
  address: '0000:02:00.0',
  driver: 'igb',
  iommuGroup: 1,
  netdev: 'eno1',
  sriov: { total: 7, driver: 'igbvf' },
  attributes: { subsystem_vendor: '0x8086', subsystem_device: '0x0000' },
};
const ADDRESS = parsePciAddress(NIC.address);
const FILE = ruleFile(NIC.address);
const HOOK = '/etc/initramfs-tools/hooks/hostdev';

const context = (port: FakeKernel) => ({ port, isRoot: true, readPciIds: async () => undefined });
const change = () => ({ dryRun: false, stateDirectory: mkdtempSync(join(tmpdir(), 'hostdev-persist-')) });
const kernel = (functions: readonly FakeFunction[] = [NIC], options: FakeKernelOptions = {}): FakeKernel =>
  fakeKernel(functions, { files: { '/etc/initramfs-tools/hooks/lvm2': '#!/bin/sh\n' }, ...options });

/** The rule in a file that has to be one. */
function ruleIn(port: FakeKernel, file = FILE): PersistentRule {
  const parsed = parseRule(port.files.get(file) ?? '');
  if (parsed.kind !== 'rule') throw new Error(`${file} is ${parsed.kind}`);
  return parsed.rule;
}

describe('a function that is kept across boots', () => {
  it('has a rule, a hook for the initial RAM disk, and says what is left to do', async () => {
    const port = kernel();
    const [done] = await prepareFunctions(context(port), [ADDRESS], { ...change(), persist: true });
    expect([...port.files.keys()]).toEqual(expect.arrayContaining([FILE, HOOK]));
    expect(done?.todo).toEqual(['update-initramfs -u  # so that initramfs-tools has it in the initial RAM disk']);
    expect((await listPersistent(context(port))).rules).toMatchObject([{ address: NIC.address, driver: 'vfio-pci', state: 'in force', drift: [] }]);
  });

  it('remembers the MAC address that only its host driver shows', async () => {
    const port = kernel([NIC], { files: { '/sys/class/net/eno1/address': '52:54:00:00:02:00\n' } });
    await prepareFunctions(context(port), [ADDRESS], { ...change(), persist: true });
    expect(ruleIn(port).fingerprint.mac).toBe('52:54:00:00:02:00');
  });

  it('again changes nothing', async () => {
    const port = kernel();
    await prepareFunctions(context(port), [ADDRESS], { ...change(), persist: true });
    const writes = port.writes.length;
    const [done] = await prepareFunctions(context(port), [ADDRESS], { ...change(), persist: true });
    expect(done).toMatchObject({ changed: false, steps: [] });
    expect(port.writes).toHaveLength(writes);
  });

  it('with the last rule loses the hook as well, with another one left it does not', async () => {
    const other: FakeFunction = { address: '0000:03:00.0', driver: 'nvme', iommuGroup: 2 };
    const port = kernel([NIC, other]);
    await prepareFunctions(context(port), [ADDRESS, parsePciAddress(other.address)], { ...change(), persist: true });
    await removePersistent(context(port), [ADDRESS], change());
    expect([port.files.has(FILE), port.files.has(HOOK)]).toEqual([false, true]);
    await removePersistent(context(port), [parsePciAddress(other.address)], change());
    expect(port.files.has(HOOK)).toBe(false);
  });

  it('that is another card by now is told, and neither taken over nor forgotten', async () => {
    const port = kernel();
    await prepareFunctions(context(port), [ADDRESS], { ...change(), persist: true });
    const replaced = kernel([{ ...NIC, device: 0x1572 }], { files: Object.fromEntries(port.files) });
    const [entry] = (await listPersistent(context(replaced))).rules;
    expect(entry).toMatchObject({ state: 'other card', drift: ['device was 0x0010 and is 0x1572'] });
    await expect(prepareFunctions(context(replaced), [ADDRESS], { ...change(), persist: true })).rejects.toMatchObject({ code: 'persist-exists' });
    expect(replaced.driverOf(NIC.address)).toBe('igb');
  });

  it.each<[string, (port: FakeKernel) => FakeKernel, string]>([
    ['absent', (port) => kernel([], { files: Object.fromEntries(port.files) }), 'absent'],
    ['with another driver', (port) => kernel([NIC], { files: Object.fromEntries(port.files) }), 'not taken'],
    ['edited by hand', (port) => kernel([NIC], { files: { [FILE]: `${port.files.get(FILE)}# mine\n` } }), 'edited'],
  ])('and is %s', async (_, later, state) => {
    const port = kernel();
    await prepareFunctions(context(port), [ADDRESS], { ...change(), persist: true });
    expect((await listPersistent(context(later(port)))).rules).toMatchObject([{ state }]);
  });

  it.each<[string, (text: string) => string]>([
    ['that somebody edited', (text) => `${text}# mine\n`],
    ['that is damaged', (text) => text.replace('"fingerprint":{', '"fingerprint":[')],
  ])('has its rule left alone where it is one %s, and can have it removed', async (_, edit) => {
    const port = kernel();
    await prepareFunctions(context(port), [ADDRESS], { ...change(), persist: true });
    await port.replaceFile(FILE, edit(port.files.get(FILE) ?? ''));
    const text = port.files.get(FILE);
    await expect(prepareFunctions(context(port), [ADDRESS], { ...change(), persist: true })).rejects.toMatchObject({ code: 'persist-exists' });
    expect(port.files.get(FILE)).toBe(text);
    await removePersistent(context(port), [ADDRESS], change());
    expect([port.files.has(FILE), port.files.has(HOOK)]).toEqual([false, false]);
  });

  it('leaves a line that somebody else has for the same module in modprobe.d the only one', async () => {
    const files = {
      '/proc/sys/kernel/osrelease': '6.1\n',
      '/lib/modules/6.1/modules.alias': 'alias pci:v00008086d* igb\nalias pci:v00008086d000010C9* other\n',
      '/etc/modprobe.d/mine.conf': 'install igb /bin/false\n',
    };
    const port = kernel([{ ...NIC, attributes: { modalias: 'pci:v00008086d000010C9sv0sd0bc02sc00i00' } }], { files });
    await prepareFunctions(context(port), [ADDRESS], { ...change(), persist: true });
    expect(port.files.get('/etc/modprobe.d/hostdev.conf')).toMatch(/^install other .*\n$/m);
    expect(port.files.get('/etc/modprobe.d/hostdev.conf')).not.toMatch(/install igb/);
  });

  it('cannot keep virtual functions at the same time', async () => {
    const port = kernel();
    await createVfs(context(port), ADDRESS, 2, { ...change(), persist: true });
    await expect(prepareFunctions(context(port), [ADDRESS], { ...change(), persist: true, force: true })).rejects.toMatchObject({ code: 'persist-exists' });
    expect(port.driverOf(NIC.address)).toBe('igb');
  });

  it('says which others are of its kind where only the place tells them apart', async () => {
    const [done] = await prepareFunctions(context(kernel([NIC, { ...NIC, address: '0000:03:00.0', netdev: 'eno2', iommuGroup: 2 }])), [ADDRESS], {
      ...change(),
      persist: true,
    });
    expect(done?.todo.at(-1)).toMatch(/0000:03:00\.0 is of the same kind/);
  });

  it('is in force still when another one is kept as well', async () => {
    const other: FakeFunction = { address: '0000:03:00.0', driver: 'nvme', iommuGroup: 2 };
    const port = kernel([NIC, other]);
    const options = change();
    // The later one stands before the earlier one in every list.
    for (const { address } of [other, NIC]) await prepareFunctions(context(port), [parsePciAddress(address)], { ...options, persist: true });
    expect((await readStatus(context(port), options.stateDirectory)).changes.map(({ verb, state }) => [verb, state])).toEqual([
      ['prepare', 'in force'],
      ['persist', 'in force'],
      ['prepare', 'in force'],
      ['persist', 'in force'],
    ]);
  });

  it('is given back when its rule cannot be written', async () => {
    const port = kernel([NIC], {
      beforeWrite: (path, text) => {
        if (path === FILE && text !== '') throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
      },
    });
    await expect(prepareFunctions(context(port), [ADDRESS], { ...change(), persist: true })).rejects.toMatchObject({ code: 'change-failed' });
    expect([port.driverOf(NIC.address), port.files.has(FILE), port.files.has(HOOK)]).toEqual(['igb', false, false]);
  });

  it('of a newer hostdev is shown as that, and no rule is changed or removed beside it', async () => {
    const port = kernel();
    await prepareFunctions(context(port), [ADDRESS], { ...change(), persist: true });
    await port.replaceFile(FILE, (port.files.get(FILE) ?? '').replace('"version":1', '"version":2'));
    const before = new Map(port.files);
    expect((await listPersistent(context(port))).rules).toMatchObject([
      { address: NIC.address, state: 'newer', driver: null, drift: [expect.stringContaining('newer hostdev (version 2')] },
    ]);
    const others = kernel([NIC, { address: '0000:03:00.0', driver: 'nvme', iommuGroup: 2 }], { files: Object.fromEntries(port.files) });
    for (const act of [
      prepareFunctions(context(others), [parsePciAddress('0000:03:00.0')], { ...change(), persist: true }),
      removePersistent(context(others), [ADDRESS], change()),
      createVfs(context(others), ADDRESS, 2, { ...change(), persist: true }),
    ])
      await expect(act).rejects.toMatchObject({ code: 'persist-newer', subject: NIC.address });
    expect(others.files).toEqual(before);
    // What has nothing to do with rules goes on.
    await createVfs(context(others), ADDRESS, 2, change());
  });

  it('whose rule cannot be read is unknown, and so is what cannot be read of others', async () => {
    const kept = kernel();
    await prepareFunctions(context(kept), [ADDRESS], { ...change(), persist: true });
    const hidden = [FILE, '/etc/driverctl.d', '/etc/modprobe.d/hostdev.conf'];
    const port = {
      ...kept,
      refused: new Map(hidden.map((path) => [path, 'EACCES'])),
      read: async (path: string, limit?: number) => (hidden.includes(path) ? undefined : kept.read(path, limit)),
      list: async (path: string) => (hidden.includes(path) ? undefined : kept.list(path)),
    };
    const { rules, unread } = await listPersistent(context(port));
    expect(rules).toMatchObject([{ address: NIC.address, state: 'unknown', drift: ['it cannot be read (EACCES)'] }]);
    expect(unread).toEqual([
      { path: '/etc/driverctl.d', reason: 'EACCES' },
      { path: '/etc/modprobe.d/hostdev.conf', reason: 'EACCES' },
    ]);
  });

  it('behind a VMD controller, with a domain of more than 16 bits, is shown and can have its rule removed', async () => {
    const vmd: FakeFunction = { address: '10000:e1:00.0', driver: 'nvme', iommuGroup: 3 };
    const fingerprint = await readFingerprint(kernel([vmd]), parsePciAddress(vmd.address));
    if (fingerprint === undefined) throw new Error('the function is there');
    const file = '/etc/udev/rules.d/10-hostdev-10000-e1-00-0.rules';
    const port = kernel([vmd], { files: { [file]: formatRule({ address: vmd.address, fingerprint, modules: [], driver: 'vfio-pci', vfs: null }) } });
    expect((await listPersistent(context(port))).rules).toMatchObject([
      {
        address: vmd.address,
        state: 'not taken',
        drift: ['it is with nvme, not with vfio-pci', expect.stringContaining('it wants what cannot be given to guests: ')],
      },
    ]);
    await removePersistent(context(port), [parsePciAddress(vmd.address)], change());
    expect(port.files.has(file)).toBe(false);
  });

  it('where there is no rule nothing is removed', async () => {
    const port = kernel();
    expect(await removePersistent(context(port), [ADDRESS], change())).toEqual([{ address: NIC.address, changed: false, steps: [], todo: [] }]);
    expect(port.writes).toEqual([]);
  });
});

describe('virtual functions that are kept across boots', () => {
  it('have their number and settings in the rule of the physical one, until they are removed', async () => {
    const port = kernel();
    const { virtualFunctions } = await createVfs(context(port), ADDRESS, 2, { ...change(), persist: true });
    await setVf(context(port), parsePciAddress(virtualFunctions[1] ?? ''), { mac: '52:54:00:00:00:09', rate: '100' }, { ...change(), persist: true });
    expect(ruleIn(port).vfs).toEqual({
      count: 2,
      hostDrivers: false,
      settings: { '1': { mac: '52:54:00:00:00:09', max_tx_rate: '100' } },
    });
    expect((await listPersistent(context(port))).rules).toMatchObject([{ state: 'in force' }]);
    await removeVfs(context(port), ADDRESS, change());
    expect(port.files.has(FILE)).toBe(false);
  });

  it('have settings kept only where they are kept themselves', async () => {
    const port = kernel();
    const { virtualFunctions } = await createVfs(context(port), ADDRESS, 1, change());
    const set = setVf(context(port), parsePciAddress(virtualFunctions[0] ?? ''), { vlan: '5' }, { ...change(), persist: true });
    await expect(set).rejects.toMatchObject({ code: 'persist-absent' });
  });
});

describe('settings of virtual functions that are kept', () => {
  const kept = async (words: Parameters<typeof setVf>[2]): Promise<{ port: FakeKernel; vf: string }> => {
    const port = kernel();
    const { virtualFunctions } = await createVfs(context(port), ADDRESS, 2, { ...change(), persist: true });
    const vf = virtualFunctions[1] ?? '';
    await setVf(context(port), parsePciAddress(vf), words, { ...change(), persist: true });
    return { port, vf };
  };

  it.each<[string, Parameters<typeof setVf>[2], Parameters<typeof setVf>[2], string]>([
    ['MAC address', { mac: '52:54:00:00:00:0a' }, { mac: '52:54:00:00:00:0b' }, 'mac of VF 1 is 52:54:00:00:00:0b, not 52:54:00:00:00:0a'],
    ['VLAN', { vlan: '42' }, { vlan: '0' }, 'vlan of VF 1 is 0, not 42'],
    ['trust', { trust: 'on' }, { trust: 'off' }, 'trust of VF 1 is off, not on'],
    ['spoof check', { spoofchk: 'off' }, { spoofchk: 'on' }, 'spoofchk of VF 1 is on, not off'],
    ['rate', { rate: '100' }, { rate: '0' }, 'rate of VF 1 is 0, not 100'],
  ])('drift when somebody changes the %s', async (_, first, later, drift) => {
    const { port, vf } = await kept(first);
    expect((await listPersistent(context(port))).rules).toMatchObject([{ state: 'in force', drift: [] }]);
    await setVf(context(port), parsePciAddress(vf), later, change());
    expect((await listPersistent(context(port))).rules).toMatchObject([{ state: 'not taken', drift: [drift] }]);
  });

  it('are in force however the MAC address is written', async () => {
    const { port } = await kept({ mac: '52:54:00:00:00:0a' });
    await port.replaceFile(FILE, (port.files.get(FILE) ?? '').replaceAll('00:0a', '00:0A'));
    expect((await listPersistent(context(port))).rules).toMatchObject([{ state: 'in force' }]);
  });

  it('are unknown, not in force, where nobody can be asked', async () => {
    const { port } = await kept({ mac: '52:54:00:00:00:0a' });
    const copy = { ...port, run: async () => Promise.reject(new Error('a copy of another machine')) };
    expect((await listPersistent(context(copy))).rules).toMatchObject([{ state: 'unknown', drift: ['mac of VF 1 cannot be seen here'] }]);
  });

  it('drift with the number of functions, and when host drivers may take those', async () => {
    const { port } = await kept({ vlan: '5' });
    await port.write(`/sys/bus/pci/devices/${NIC.address}/sriov_drivers_autoprobe`, '1');
    expect((await listPersistent(context(port))).rules).toMatchObject([{ state: 'not taken', drift: ['host drivers may take its virtual functions'] }]);
    await createVfs(context(port), ADDRESS, 3, change());
    expect((await listPersistent(context(port))).rules).toMatchObject([{ state: 'not taken', drift: ['it has 3 virtual functions, not 2'] }]);
  });

  it('stay in the rule when the functions are created again', async () => {
    const { port } = await kept({ vlan: '5' });
    const again = await createVfs(context(port), ADDRESS, 2, { ...change(), persist: true });
    expect([again.changed, ruleIn(port).vfs?.settings]).toEqual([false, { '1': { vlan: '5' } }]);
  });
});

describe('what others keep across boots is recognised', () => {
  const others = async (files: Record<string, string>, functions: readonly FakeFunction[] = [NIC]) =>
    (await listPersistent(context(kernel(functions, { files })))).others;

  it.each<[string, Record<string, string>, object]>([
    ['driverctl', { '/etc/driverctl.d/0000:02:00.0': 'vfio-pci\n' }, { by: 'driverctl', what: '0000:02:00.0', driver: 'vfio-pci' }],
    ['driverctl behind a VMD controller', { '/etc/driverctl.d/10000:e1:00.0': 'vfio-pci\n' }, { by: 'driverctl', what: '10000:e1:00.0' }],
    ['the kernel command line', { '/proc/cmdline': 'ro vfio-pci.ids=8086:10c9,10de:1eb8 quiet\n' }, { by: 'kernel command line', what: '8086:10c9' }],
    ['modprobe', { '/etc/modprobe.d/vfio.conf': '# gpu\noptions vfio-pci ids=10de:1eb8 disable_vga=1\n' }, { by: 'modprobe', what: '10de:1eb8' }],
  ])('%s', async (_, files, expected) => {
    expect((await others(files))[0]).toMatchObject(expected);
  });

  it.each(['/run/modprobe.d', '/usr/local/lib/modprobe.d', '/usr/lib/modprobe.d', '/lib/modprobe.d'])('modprobe in %s', async (directory) => {
    expect(await others({ [`${directory}/vfio.conf`]: 'options vfio-pci ids=10de:1eb8\n' })).toMatchObject([{ file: `${directory}/vfio.conf` }]);
  });

  it('and a file of modprobe that another one of its name stands before is not', async () => {
    const files = { '/etc/modprobe.d/vfio.conf': '# none\n', '/usr/lib/modprobe.d/vfio.conf': 'options vfio-pci ids=10de:1eb8\n' };
    expect(await others(files)).toEqual([]);
  });

  it('and nothing else is', async () => {
    const files = { '/etc/driverctl.d/README': 'x\n', '/proc/cmdline': 'vfio-pci.ids=\n', '/etc/modprobe.d/a.conf': '#options vfio-pci ids=1:2\n' };
    expect(await others(files)).toEqual([]);
  });
});

describe('the rules of others drift', () => {
  const CARD: FakeFunction = { ...NIC, vendor: 0x8086, device: 0x10c9 };
  const DISK: FakeFunction = { address: '0000:01:00.0', vendor: 0x144d, device: 0xa80a, driver: 'nvme', iommuGroup: 7 };
  const ROOT = {
    '/sys/class/block/nvme0n1': '→ ../../devices/pci0000:00/0000:01:00.0/nvme/nvme0/nvme0n1',
    '/sys/class/block/nvme0n1/dev': '259:0\n',
    '/proc/self/mountinfo': '22 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n',
  };
  const IN_USE = 'it matches 0000:01:00.0, which this host uses: nvme0n1 → mounted on /';
  const NOT_TAKEN = '0000:01:00.0 is with nvme, not with vfio-pci';
  const drifts = async (files: Record<string, string>): Promise<Record<string, readonly string[]>> => {
    const { others } = await listPersistent(context(kernel([CARD, DISK], { files: { ...ROOT, ...files } })));
    return Object.fromEntries(others.map(({ what, drift }) => [what, drift]));
  };

  it.each<[string, Record<string, string>, Record<string, readonly string[]>]>([
    ['an id that the disk with / has', { '/proc/cmdline': 'vfio-pci.ids=144d:a80a\n' }, { '144d:a80a': [NOT_TAKEN, IN_USE] }],
    ['the same by any vendor', { '/proc/cmdline': 'vfio-pci.ids=ffffffff:a80a\n' }, { 'ffffffff:a80a': [NOT_TAKEN, IN_USE] }],
    [
      'the same by class, with a mask',
      { '/etc/modprobe.d/v.conf': 'options vfio_pci ids=144d:ffffffff:ffffffff:ffffffff:010800:ffff00\n' },
      { '144d:ffffffff:ffffffff:ffffffff:010800:ffff00': [NOT_TAKEN, IN_USE] },
    ],
    ['an id with another subsystem', { '/proc/cmdline': 'vfio-pci.ids=144d:a80a:1043\n' }, { '144d:a80a:1043': ['no function of this host has these ids'] }],
    ['an id that no function has', { '/proc/cmdline': 'vfio-pci.ids=10de:1eb8\n' }, { '10de:1eb8': ['no function of this host has these ids'] }],
    ['what is no id', { '/proc/cmdline': 'vfio-pci.ids=10de\n' }, { '10de': ['vfio-pci cannot read it: VENDOR:DEVICE in hexadecimal'] }],
    [
      'an id behind a blank, which the kernel does not take',
      { '/proc/cmdline': 'vfio-pci.ids=8086:10c9, 144d:a80a quiet\n' },
      {
        '8086:10c9': ['0000:02:00.0 is with igb, not with vfio-pci'],
        '144d:a80a': ['the blank before it ends the list, so the kernel does not take it: write the list without blanks', IN_USE],
      },
    ],
    [
      'an id behind a blank within quotes, which it takes',
      { '/etc/modprobe.d/v.conf': 'options vfio-pci ids="8086:10c9, 144d:a80a"\n' },
      { '8086:10c9': ['0000:02:00.0 is with igb, not with vfio-pci'], '144d:a80a': [NOT_TAKEN, IN_USE] },
    ],
    [
      'a list that a later one replaces',
      { '/etc/modprobe.d/a.conf': 'options vfio-pci ids=144d:a80a\n', '/run/modprobe.d/b.conf': 'options vfio-pci disable_vga=1 \\\n  ids=8086:10c9\n' },
      { '144d:a80a': ['a later list of ids replaces this one (/run/modprobe.d/b.conf)', IN_USE], '8086:10c9': ['0000:02:00.0 is with igb, not with vfio-pci'] },
    ],
    [
      'a list of modprobe that the kernel command line replaces',
      { '/etc/modprobe.d/a.conf': 'options vfio-pci ids=8086:10c9\n', '/proc/cmdline': 'vfio-pci.ids=10de:1eb8\n' },
      { '10de:1eb8': ['no function of this host has these ids'], '8086:10c9': ['a later list of ids replaces this one (/proc/cmdline)'] },
    ],
    [
      'driverctl for a function that is with another driver',
      { '/etc/driverctl.d/0000:02:00.0': 'vfio-pci\n' },
      { '0000:02:00.0': ['it is with igb, not with vfio-pci'] },
    ],
    ['driverctl for a function that is with the driver it wants', { '/etc/driverctl.d/0000:02:00.0': 'igb\n' }, { '0000:02:00.0': [] }],
    ['driverctl for a function that no driver is to have', { '/etc/driverctl.d/0000:02:00.0': 'none\n' }, { '0000:02:00.0': ['it is with igb, not with any'] }],
    [
      'driverctl for the disk with /',
      { '/etc/driverctl.d/0000:01:00.0': 'vfio-pci\n' },
      { '0000:01:00.0': ['it is with nvme, not with vfio-pci', 'it wants what this host uses: nvme0n1 → mounted on /'] },
    ],
    [
      'driverctl for a function that is not there',
      { '/etc/driverctl.d/10000:e1:00.0': 'vfio-pci\n' },
      { '10000:e1:00.0': ['there is no function at that address'] },
    ],
  ])('by %s', async (_, files, expected) => {
    expect(await drifts(files)).toEqual(expected);
  });

  it('and one of ours for the disk with / says what is on it', async () => {
    const port = kernel([CARD, DISK]);
    await prepareFunctions(context(port), [parsePciAddress(DISK.address)], { ...change(), persist: true });
    const later = kernel([CARD, DISK], { files: { ...ROOT, ...Object.fromEntries(port.files) } });
    expect((await listPersistent(context(later))).rules).toMatchObject([
      { state: 'not taken', drift: ['it is with nvme, not with vfio-pci', 'it wants what this host uses: nvme0n1 → mounted on /'] },
    ]);
  });
});
