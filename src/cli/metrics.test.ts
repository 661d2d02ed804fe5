import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { hostdev, itemsOf } from '../../test/capture.ts';
import { appendRecords } from '../../test/journal.ts';
import { type Exposition, readExposition } from '../../test/metrics/exposition.ts';
import { takeSnapshot } from '../app/snapshot.ts';
import { journalFile } from '../execute/journal/journal.ts';
import { bootId } from '../host/boot-id.ts';
import type { FakeFunction } from '../testing/fake-kernel.ts';
import type { Machine } from './machine.ts';

const FUNCTIONS: readonly FakeFunction[] = [
  { address: '0000:00:01.0', driver: 'pcieport', iommuGroup: 1, pciClass: 0x060400, headerType: 1 },
  { address: '0000:01:00.0', driver: 'vfio-pci', iommuGroup: 7, pciClass: 0x030000 },
  { address: '0000:01:00.1', driver: 'snd_hda_intel', iommuGroup: 7, pciClass: 0x040300 },
  { address: '0000:02:00.0', driver: 'nvme', iommuGroup: 8, pciClass: 0x010802 },
  { address: '0000:03:00.0', driver: 'vfio-pci', iommuGroup: 9, pciClass: 0x010802 },
  { address: '0000:04:00.0', iommuGroup: 10, pciClass: 0x020000 },
  { address: '0000:05:00.0', driver: 'igb', pciClass: 0x020000 },
];

const STATUS = (address: string): string =>
  `<domstatus state='running'><domain type='kvm'><name>web</name><devices><hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x${address}' slot='0x00' function='0x0'/></source></hostdev></devices></domain></domstatus>`;

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-metrics-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const machineOf = (functions = FUNCTIONS, files: Readonly<Record<string, string>> = {}): Machine =>
  bareMachine(functions, { stateDirectory: join(directory, 'state'), files });

async function read(machine: Machine, ...words: readonly string[]): Promise<Exposition> {
  const { status, stdout, stderr } = await hostdev(['metrics', ...words], '', machine);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return readExposition(stdout);
}

/** Numbers of a family by what its labels say. */
function family({ samples }: Exposition, name: string): Record<string, number> {
  const own = samples.filter((sample) => sample.name === `hostdev_${name}`);
  return Object.fromEntries(own.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
}

describe('metrics', () => {
  it('count functions by class and verdict, and say 0 of a verdict that none has, so that a rule sees the last one go', async () => {
    expect(family(await read(machineOf()), 'functions')).toEqual({
      ...{ 'gpu free': 1, 'gpu in use': 0, 'gpu held': 0, 'gpu not assignable': 0, 'gpu unknown': 0 },
      ...{ 'nvme free': 2, 'nvme in use': 0, 'nvme held': 0, 'nvme not assignable': 0, 'nvme unknown': 0 },
      ...{ 'nic free': 1, 'nic in use': 0, 'nic held': 0, 'nic not assignable': 1, 'nic unknown': 0 },
      ...{ 'audio free': 1, 'audio in use': 0, 'audio held': 0, 'audio not assignable': 0, 'audio unknown': 0 },
      ...{ 'bridge free': 0, 'bridge in use': 0, 'bridge held': 0, 'bridge not assignable': 1, 'bridge unknown': 0 },
    });
  });

  it('say what list says: each verdict as often', async () => {
    const machine = machineOf();
    const listed = itemsOf<{ verdict: string }>(await hostdev(['list', '--json'], '', machine));
    for (const verdict of ['free', 'in use', 'held', 'not assignable', 'unknown']) {
      const { samples } = await read(machine);
      const counted = samples.filter(({ name, labels }) => name === 'hostdev_functions' && labels['verdict'] === verdict);
      expect(counted.reduce((sum, { value }) => sum + value, 0)).toBe(listed.filter((row) => row.verdict === verdict).length);
    }
  });

  it('count functions by driver, and IOMMU groups by whom they are with', async () => {
    const metrics = await read(machineOf());
    expect(family(metrics, 'driver_functions')).toEqual({ pcieport: 1, 'vfio-pci': 2, snd_hda_intel: 1, nvme: 1, none: 1, igb: 1 });
    expect(family(metrics, 'iommu_groups')).toEqual({ vfio: 1, host: 1, mixed: 1, idle: 1, ports: 1 });
  });

  it('count what each guest holds', async () => {
    const machine = machineOf(FUNCTIONS, { '/run/libvirt/qemu/web.xml': STATUS('03') });
    const metrics = await read(machine);
    expect(family(metrics, 'held_functions')).toEqual({ web: 1 });
    expect(family(metrics, 'functions')['nvme held']).toBe(1);
    expect(family(await read(machineOf()), 'held_functions')).toEqual({});
  });

  it('tell of IBM Z what its channels and slots have, and nothing of that elsewhere', async () => {
    const attributes = { uid: '0x21', pchid: '0x0128', pft: '0x02' };
    const z = machineOf([{ address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, fid: 0x17, attributes, pciClass: 0x010802 }]);
    expect(family(await read(z), 'slots')).toEqual({ configured: 1, standby: 0 });
    expect(family(await read(z), 'pchid_functions')).toMatchObject({ '0x0128 free': 1, '0x0128 held': 0 });
    await hostdev(['slot', 'off', '0x17'], '', z);
    expect(family(await read(z), 'slots')).toEqual({ configured: 0, standby: 1 });
    const pc = await read(machineOf());
    expect([family(pc, 'slots'), family(pc, 'pchid_functions')]).toEqual([{}, {}]);
  });

  it('tell rules that have drifted, ours and those of others', async () => {
    const machine = machineOf(FUNCTIONS, { '/etc/driverctl.d/0000:02:00.0': 'vfio-pci\n', '/etc/driverctl.d/0000:03:00.0': 'vfio-pci\n' });
    expect((await hostdev(['prepare', '0000:04:00.0', '--persist'], '', machine)).status).toBe(0);
    const before = await read(machine);
    expect(family(before, 'persistent_rules')).toMatchObject({ 'in force': 1, 'not taken': 0, absent: 0 });
    expect(family(before, 'foreign_rules')).toMatchObject({ 'driverctl in force': 1, 'driverctl drifted': 1, 'modprobe drifted': 0 });
    expect((await hostdev(['release', '0000:04:00.0'], '', machine)).status).toBe(0);
    expect(family(await read(machine), 'persistent_rules')).toMatchObject({ 'in force': 0, 'not taken': 1 });
  });

  it('tell changes in force, and of those that were interrupted since when', async () => {
    const machine = machineOf();
    expect(family(await read(machine), 'changes')).toEqual({ 'in force': 0, 'changed by somebody else': 0, gone: 0, interrupted: 0, 'being changed': 0 });
    await hostdev(['prepare', '0000:02:00.0'], '', machine);
    expect(family(await read(machine), 'changes')).toMatchObject({ 'in force': 1, interrupted: 0 });
    expect(family(await read(machine), 'interrupted_change_timestamp_seconds')).toEqual({});
    const boot = await bootId((await machine.context()).port);
    for (const [id, time] of [
      ['one', '2026-11-26T08:00:01.500Z'],
      ['two', '2026-11-26T09:00:00.000Z'],
    ] as const) {
      await appendRecords(machine.stateDirectory, {
        ...{ kind: 'begin', id, time, boot, by: 'root, pid 1', subject: id === 'one' ? '0000:04:00.0' : '0000:02:00.0', verb: 'prepare' },
        ...{ before: { driver: null, override: null }, wanted: { driver: 'vfio-pci', override: 'vfio-pci' } },
      });
    }
    const metrics = await read(machine);
    expect(family(metrics, 'changes')).toMatchObject({ interrupted: 2 });
    expect(family(metrics, 'interrupted_change_timestamp_seconds')).toEqual({ '': Date.UTC(2026, 10, 26, 8, 0, 1) / 1000 + 0.5 });
  });

  it('go on where the journal is damaged or cannot be read, and say so', async () => {
    const machine = machineOf();
    await hostdev(['prepare', '0000:02:00.0'], '', machine);
    expect(family(await read(machine), 'journal_damaged')).toEqual({ '': 0 });
    const file = journalFile(machine.stateDirectory);
    writeFileSync(file, readFileSync(file, 'utf8').replace('vfio-pci', 'vfio-pcx'));
    const damaged = await hostdev(['metrics'], '', machine);
    expect(damaged).toMatchObject({ status: 0, stderr: expect.stringMatching(/^hostdev: warning: .*\[journal-damaged\]/) });
    expect(family(readExposition(damaged.stdout), 'journal_damaged')).toEqual({ '': 1 });
    expect(family(readExposition(damaged.stdout), 'read_success')).toEqual({ functions: 1, slots: 1, rules: 1, journal: 0 });
    rmSync(file);
    symlinkSync('journal', file);
    const unread = await hostdev(['metrics'], '', machine);
    expect(unread).toMatchObject({ status: 0, stderr: expect.stringContaining('[journal-unreadable]') });
    expect(family(readExposition(unread.stdout), 'read_success')).toMatchObject({ functions: 1, journal: 0 });
    expect(family(readExposition(unread.stdout), 'changes')).toEqual({});
  });

  it('say what could not be read: a path that was refused is counted, and the functions that depend on it are unknown', async () => {
    const machine = machineOf();
    const context = await machine.context();
    const port = { ...context.port, refused: new Map([['/proc/self/mountinfo', 'EACCES']]), read: context.port.read };
    const lacking = { ...machine, context: async () => ({ ...context, port }) };
    const metrics = await read(lacking);
    const [paths, success] = [family(metrics, 'unread_paths'), family(metrics, 'read_success')];
    expect([paths, success['functions']]).toEqual([{ '': 1 }, 0]);
    expect(family(await read(machineOf()), 'unread_paths')).toEqual({ '': 0 });
  });

  it('say that slots are not known where slot list says so: whether one is on standby cannot be read', async () => {
    const machine = machineOf();
    const context = await machine.context();
    const refused = new Map<string, string>();
    const read: typeof context.port.read = async (path, limit) => {
      if (!/^\/sys\/bus\/pci\/slots\/.*\/power$/.test(path)) return context.port.read(path, limit);
      refused.set(path, 'EACCES');
      return undefined;
    };
    const list: typeof context.port.list = async (path) => (path === '/sys/bus/pci/slots' ? ['00000017'] : context.port.list(path));
    const lacking = { ...machine, context: async () => ({ ...context, port: { ...context.port, refused, read, list } }) };
    const [slots, metrics] = [await hostdev(['slot', 'list'], '', lacking), await hostdev(['metrics'], '', lacking)];
    expect(slots).toMatchObject({ status: 1, stderr: expect.stringContaining('[file-unreadable]') });
    expect(metrics).toMatchObject({ status: 0, stderr: expect.stringContaining('[file-unreadable]') });
    expect(family(readExposition(metrics.stdout), 'read_success')).toMatchObject({ slots: 0 });
    expect(family(readExposition(metrics.stdout), 'slots')).toEqual({});
  });

  it('say when the host was read: now, or when a copy was made, which has no journal', async () => {
    const before = Date.now() / 1000;
    const at = family(await read(machineOf()), 'read_timestamp_seconds')[''] ?? 0;
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now() / 1000);
    const copy = join(directory, 'host.json');
    const snapshot = await takeSnapshot(await machineOf().context(), { redact: false, made: '2026-01-02T03:04:05.000Z', uid: 0 });
    writeFileSync(copy, JSON.stringify(snapshot));
    const metrics = await read(machineOf(), '--host', copy);
    expect(family(metrics, 'read_timestamp_seconds')).toEqual({ '': Date.UTC(2026, 0, 2, 3, 4, 5) / 1000 });
    expect(family(metrics, 'read_success')).toEqual({ functions: 1, slots: 1, rules: 1 });
    expect(family(metrics, 'changes')).toEqual({});
  });

  it('have names and types as Prometheus wants them: ours first, no counter, a unit at the end, a help text each', async () => {
    const { samples, types, helps } = await read(machineOf(FUNCTIONS, { '/run/libvirt/qemu/web.xml': STATUS('03') }));
    for (const name of new Set(samples.map((sample) => sample.name))) {
      expect(name).toMatch(/^hostdev_[a-z]+(?:_[a-z]+)*$/);
      expect(name).not.toMatch(/_total$/);
      expect(types.get(name)).toBe('gauge');
      expect(helps.get(name)).toMatch(/^(?:[A-Z]|hostdev's ).*\.$/);
    }
  });

  it('have no label by which series grow with what is plugged in: twice as many functions of one kind are as many series', async () => {
    const many = (count: number): FakeFunction[] =>
      Array.from({ length: count }, (_, at) => ({ address: `0000:${(at + 16).toString(16)}:00.0`, driver: 'nvme', iommuGroup: at, pciClass: 0x010802 }));
    expect((await read(machineOf(many(60)))).samples.length).toBe((await read(machineOf(many(30)))).samples.length);
  });

  it('are the same numbers as data', async () => {
    const machine = machineOf();
    const items = itemsOf<{ name: string; samples: { labels: Record<string, string>; value: number }[] }>(await hostdev(['metrics', '--json'], '', machine));
    const told = items.flatMap(({ name, samples }) => samples.map((sample) => ({ name, ...sample })));
    const isTime = ({ name }: { readonly name: string }): boolean => name === 'hostdev_read_timestamp_seconds';
    expect(told.filter((sample) => !isTime(sample))).toEqual((await read(machine)).samples.filter((sample) => !isTime(sample)));
  });
});

describe('the file of metrics', () => {
  it('is replaced whole, may be read by others, and leaves nothing beside it', async () => {
    const file = join(directory, 'hostdev.prom');
    writeFileSync(file, 'old\n');
    const { status, stdout, stderr } = await hostdev(['metrics', '--output', file], '', machineOf());
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(family(readExposition(readFileSync(file, 'utf8')), 'build_info')).not.toEqual({});
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(readdirSync(directory).filter((name) => name.includes('prom'))).toEqual(['hostdev.prom']);
  });

  it('stays as it was where the host cannot be read', async () => {
    const file = join(directory, 'hostdev.prom');
    writeFileSync(file, 'old\n');
    const { status, stderr } = await hostdev(['metrics', '--output', file, '--root', directory], '', machineOf());
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('[file-not-found]') });
    expect(readFileSync(file, 'utf8')).toBe('old\n');
  });

  it.each<[string, readonly string[], string]>([
    ['whose name node_exporter does not look for', ['--output', 'metrics.txt'], 'option-conflict'],
    ['beside which numbers are printed as data', ['--output', 'a.prom', '--json'], 'option-conflict'],
    ['in a directory that is not there', ['--output', '/nowhere/at/all/a.prom'], 'file-unwritable'],
  ])('%s is refused', async (_, words, code) => {
    const { status, stdout, stderr } = await hostdev(['metrics', ...words], '', machineOf());
    expect(status).toBeGreaterThan(0);
    expect(stdout + stderr).toContain(code);
  });
});
