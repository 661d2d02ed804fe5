import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readStatus } from '../../app/status.ts';
import { listPersistent, removePersistent } from '../../app/persistent.ts';
import { prepareFunctions } from '../../app/prepare.ts';
import { createVfs, removeVfs, setVf } from '../../app/virtual-functions.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { type FakeFunction, fakeKernel, type FakeKernel, type FakeKernelOptions } from '../../testing/fake-kernel.ts';
import { type Fingerprint } from './fingerprint.ts';
import type { PersistentRule } from './persistent-rule.ts';
import { formatRule, parseRule, ruleFile } from './rule.ts';

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

const FINGERPRINT: Fingerprint = {
  vendor: '0x8086',
  device: '0x10c9',
  subsystemVendor: '0x8086',
  subsystemDevice: '0x0000',
  fid: null,
  serial: null,
  mac: null,
};
const RULE: PersistentRule = { address: NIC.address, byAddress: true, fingerprint: FINGERPRINT, modules: ['igb'], driver: 'vfio-pci', vfs: null };

describe('the text of a rule', () => {
  const lines = (rule: PersistentRule): string[] =>
    formatRule(rule)
      .split('\n')
      .filter((line) => line.startsWith('ACTION'));

  it('sets the override of the function that fits, and has its driver loaded', () => {
    expect(lines(RULE)).toEqual([
      'ACTION=="add", SUBSYSTEM=="pci", KERNEL=="0000:02:00.0", ATTR{vendor}=="0x8086", ATTR{device}=="0x10c9", ATTR{subsystem_vendor}=="0x8086", ATTR{subsystem_device}=="0x0000", ATTR{driver_override}="vfio-pci", RUN{builtin}+="kmod load vfio_pci", RUN+="/bin/sh /etc/udev/hostdev-take $kernel vfio-pci"',
    ]);
  });

  it('on IBM Z without unique uids knows the function by its fid only', () => {
    const [line] = lines({ ...RULE, byAddress: false, fingerprint: { ...FINGERPRINT, fid: '0x00000017' } });
    expect(line).toContain('ATTR{function_id}=="0x00000017"');
    expect(line).not.toContain('KERNEL');
  });

  it('compares the serial number where there is one', () => {
    const [line] = lines({ ...RULE, fingerprint: { ...FINGERPRINT, serial: { offset: 260, bytes: '01 02 03 04 05 06 07 08' } } });
    expect(line).toContain('PROGRAM=="/usr/bin/od -An -v -tx1 -j260 -N8 /sys$devpath/config", RESULT=="*01 02 03 04 05 06 07 08*"');
  });

  it('creates virtual functions once the driver has bound, with host drivers kept off', () => {
    const made = lines({ ...RULE, driver: null, vfs: { count: 4, hostDrivers: false, settings: { '1': { mac: '52:54:00:00:00:01' } } } });
    expect(made.map((line) => line.split(', ').at(-1))).toEqual([
      'ATTR{sriov_drivers_autoprobe}="0"',
      'ATTR{sriov_numvfs}="4"',
      'RUN+="/bin/sh /etc/udev/hostdev-take vf $kernel 1 mac 52:54:00:00:00:01"',
    ]);
  });

  it('is read back as it was written, and an edited one is seen', () => {
    expect(parseRule(formatRule(RULE))).toEqual({ rule: RULE, edited: false });
    expect(parseRule(formatRule(RULE).replace('==', '!='))?.edited).toBe(true);
    expect(parseRule('ACTION=="add"\n')).toBeUndefined();
    expect(parseRule('# hostdev {"version":9}\n')).toBeUndefined();
  });
});

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
    expect(parseRule(port.files.get(FILE) ?? '')?.rule.fingerprint.mac).toBe('52:54:00:00:02:00');
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
    ['of another version of hostdev', (text) => text.replace('"version":1', '"version":9')],
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

  it('cannot be removed where there is no rule', async () => {
    await expect(removePersistent(context(kernel()), [ADDRESS], change())).rejects.toMatchObject({ code: 'persist-absent' });
  });
});

describe('virtual functions that are kept across boots', () => {
  it('have their number and settings in the rule of the physical one, until they are removed', async () => {
    const port = kernel();
    const { virtualFunctions } = await createVfs(context(port), ADDRESS, 2, { ...change(), persist: true });
    await setVf(context(port), parsePciAddress(virtualFunctions[1] ?? ''), { mac: '52:54:00:00:00:09', rate: '100' }, { ...change(), persist: true });
    expect(parseRule(port.files.get(FILE) ?? '')?.rule.vfs).toEqual({
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

describe('what others keep across boots is recognised', () => {
  it.each<[string, Record<string, string>, object]>([
    ['driverctl', { '/etc/driverctl.d/0000:02:00.0': 'vfio-pci\n' }, { by: 'driverctl', what: '0000:02:00.0', driver: 'vfio-pci' }],
    ['the kernel command line', { '/proc/cmdline': 'ro vfio-pci.ids=8086:10c9,10de:1eb8 quiet\n' }, { by: 'kernel command line', what: '8086:10c9' }],
    ['modprobe', { '/etc/modprobe.d/vfio.conf': '# gpu\noptions vfio-pci ids=10de:1eb8 disable_vga=1\n' }, { by: 'modprobe', what: '10de:1eb8' }],
  ])('%s', async (_, files, expected) => {
    expect((await listPersistent(context(kernel([NIC], { files })))).others[0]).toMatchObject(expected);
  });

  it('and nothing else is', async () => {
    const files = { '/etc/driverctl.d/README': 'x\n', '/proc/cmdline': 'vfio-pci.ids=\n', '/etc/modprobe.d/a.conf': '#options vfio-pci ids=1:2\n' };
    expect((await listPersistent(context(kernel([NIC], { files })))).others).toEqual([]);
  });
});
