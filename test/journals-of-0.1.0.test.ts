/** What 0.1.0 wrote (test/data/0.1.0/make-journals.mjs) is read, shown and recovered by this hostdev. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHistory } from '../src/app/history.ts';
import { recoverChanges } from '../src/app/recover-changes.ts';
import { readStatus } from '../src/app/status.ts';
import { openJournal } from '../src/execute/journal/journal.ts';
import { type BeginRecord, encodeRecord } from '../src/execute/journal/record.ts';
import { openRecords } from '../src/execute/recover.ts';
import { type FakeFunction, fakeKernel, type FakeKernel } from '../src/testing/fake-kernel.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../src/testing/fake-libvirt/fake-libvirt.ts';

const JOURNALS = new URL('./data/0.1.0/journals/', import.meta.url);

/** The machine that they were written on. */
const BOOT = '0f7f9a3c-6d1e-4c39-9e3b-5a1d2c3b4e5f';
const NVME = '0007:00:00.0';
const PF = '0009:00:00.0';
const FUNCTIONS: readonly FakeFunction[] = [
  { address: NVME, driver: 'nvme', iommuGroup: 1, express: true, fid: 0x17 },
  { address: '0008:00:00.0', driver: 'nvme', iommuGroup: 2, express: true },
  { address: PF, driver: 'mlx5_core', iommuGroup: 3, express: true, pciClass: 0x020000, netdev: 'ens9', sriov: { total: 4, driver: 'mlx5_core' } },
];

const taken = `/sys/bus/pci/devices/${NVME}`;
const pf = `/sys/bus/pci/devices/${PF}`;
const TAKE = [
  [`${taken}/driver_override`, 'vfio-pci'],
  [`${taken}/driver/unbind`, NVME],
  ['/sys/bus/pci/drivers_probe', NVME],
] as const;
const VFS = [
  [`${pf}/sriov_drivers_autoprobe`, '0'],
  [`${pf}/sriov_numvfs`, '2'],
] as const;
const OFF = [['/sys/bus/pci/slots/00000017/power', '0']] as const;

let port: FakeKernel;
let stateDirectory: string;
beforeEach(() => {
  port = fakeKernel(FUNCTIONS, { files: { '/proc/sys/kernel/random/boot_id': BOOT } });
  stateDirectory = mkdtempSync(join(tmpdir(), 'hostdev-0.1.0-'));
});
const context = () => ({ port, isRoot: true, readPciIds: async () => undefined });
const use = (name: string): void => copyFileSync(new URL(name, JOURNALS), join(stateDirectory, 'journal'));
const write = async (writes: readonly (readonly [string, string])[]): Promise<void> => {
  for (const [path, text] of writes) await port.write(path, text);
};
const openNow = async (): Promise<BeginRecord[]> => openRecords(await openJournal(stateDirectory).read());

describe('a journal of 0.1.0', () => {
  it('says of every verb what was done, when and by whom', async () => {
    use('every-verb');
    const { entries, problems } = await readHistory(stateDirectory);
    expect(problems).toEqual([]);
    expect(entries.map(({ verb, subject, from, to, outcome }) => `${verb} ${subject}: ${from} → ${to}, ${outcome}`)).toEqual([
      'prepare 0007:00:00.0: nvme → vfio-pci, done',
      'release 0007:00:00.0: vfio-pci → nvme, done',
      'prepare 0007:00:00.0: nvme → vfio-pci, done',
      'persist 0007:00:00.0: no rule → a rule, done',
      'unpersist 0007:00:00.0: a rule → no rule, done',
      'release 0007:00:00.0: vfio-pci → nvme, done',
      'vf create 0009:00:00.0: 0 VFs → 2 VFs, done',
      'vf set 0009:00:10.0: vlan 0 → vlan 42, done',
      'vf remove 0009:00:00.0: 2 VFs → 0 VFs, done',
      'slot off 00000017: configured → on standby, done',
      'slot on 00000017: on standby → configured, done',
      'attach 0007:00:00.0 in web: not attached → attached, done',
      'detach 0007:00:00.0 in web: attached → not attached, done',
      'attach 0007:00:00.0 in web: not attached → attached, done',
      'detach 0007:00:00.0 in web: attached → not attached, done',
    ]);
    expect(entries.every(({ by, time }) => /^anna \(pid \d+\)$/.test(by) && !Number.isNaN(Date.parse(time)))).toBe(true);
    expect((await readStatus(context(), stateDirectory)).changes).toEqual([]);
  });

  it('has one open change in each of the others, and every verb is there', async () => {
    const verbs = new Set<string>();
    for (const name of readdirSync(JOURNALS).filter((each) => each.startsWith('open-'))) {
      use(name);
      const open = await openNow();
      expect(open, name).toHaveLength(1);
      for (const { verb } of open) verbs.add(verb);
      expect((await readHistory(stateDirectory)).entries.at(-1)).toMatchObject({ outcome: 'interrupted', to: null });
    }
    expect([...verbs].sort()).toEqual([
      'attach',
      'detach',
      'persist',
      'prepare',
      'release',
      'slot off',
      'slot on',
      'unpersist',
      'vf create',
      'vf remove',
      'vf set',
    ]);
  });

  it.each<[string, string, readonly (readonly [string, string])[], string]>([
    ['open-prepare', 'before its first step', [], 'old'],
    ['open-prepare', 'in the middle', TAKE.slice(0, 2), 'old'],
    ['open-prepare', 'behind its last step', TAKE, 'new'],
    ['open-release', 'before its first step', TAKE, 'new'],
    ['open-release', 'in the middle', TAKE.slice(0, 2), 'new'],
    ['open-release', 'behind its last step', [], 'new'],
    ['open-vf-create', 'before its first step', [], 'old'],
    ['open-vf-create', 'in the middle', VFS.slice(0, 1), 'old'],
    ['open-vf-create', 'behind its last step', VFS, 'new'],
    ['open-vf-set', 'before its first step', VFS, 'old'],
    ['open-vf-remove', 'before its first step', VFS, 'old'],
    ['open-vf-remove', 'behind its last step', [], 'new'],
    ['open-slot-off', 'before its first step', [], 'old'],
    ['open-slot-off', 'behind its last step', OFF, 'new'],
    ['open-slot-on', 'before its first step', OFF, 'old'],
    ['open-slot-on', 'behind its last step', [], 'new'],
    ['open-persist', 'before its first step', TAKE, 'old'],
    ['open-unpersist', 'behind its last step', TAKE, 'new'],
  ])('%s that stopped %s is recovered (%s)', async (name, _, writes, outcome) => {
    use(name);
    await write(writes);
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ outcome }]);
    expect(await openNow()).toEqual([]);
  });

  it('is closed after a reboot, where it ends with the boot', async () => {
    use('open-prepare');
    port = fakeKernel(FUNCTIONS, { files: { '/proc/sys/kernel/random/boot_id': 'another' } });
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ outcome: 'gone' }]);
  });
});

describe('a journal of 0.1.0 with an open change of a guest', () => {
  let fake: FakeLibvirt;
  beforeEach(async () => {
    fake = await startFakeLibvirt();
  });
  afterEach(() => fake.stop());

  /** Their libvirt has gone; the same guest is at another. */
  const useHere = (name: string): void => {
    const text = readFileSync(new URL(name, JOURNALS), 'utf8');
    const moved = text.split('\n').flatMap((line) => {
      if (line === '') return [];
      const record = JSON.parse(line.slice(9)) as BeginRecord;
      const uri = `qemu+unix:///system?socket=${fake.socket}`;
      return encodeRecord(record.kind === 'begin' ? { ...record, before: { ...record.before, uri } } : record);
    });
    writeFileSync(join(stateDirectory, 'journal'), moved.join(''));
  };
  const web = (device: string): string =>
    `<domain type='kvm'><name>web</name><uuid>1f2e3d4c-5b6a-4798-8796-a5b4c3d2e1f0</uuid><memory unit='MiB'>64</memory><os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os><devices>${device}<memballoon model='none'/></devices></domain>`;
  const has = (domain: string): string =>
    `<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='${domain}' bus='0x00' slot='0x00' function='0x0'/></source></hostdev>`;

  it.each([
    ['open-attach', 'has it', '0x0007', 'new', ['0x0007']],
    ['open-attach', 'does not have it', undefined, 'old', []],
    ['open-detach', 'has it, and lets it go when it is asked again', '0x0007', 'new', []],
    ['open-detach', 'has let it go', undefined, 'new', []],
    ['open-swap', 'has the old one', '0x0007', 'old', ['0x0007']],
    ['open-swap', 'has the new one', '0x0008', 'new', ['0x0008']],
    ['open-swap', 'has neither', undefined, 'old', ['0x0007']],
  ] as const)('%s: the guest %s', async (name, _, domain, outcome, left) => {
    useHere(name);
    const guest = fake.qemu.start(fake.qemu.define(web(domain === undefined ? '' : has(domain))), false);
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ outcome }]);
    expect(await openNow()).toEqual([]);
    for (const xml of [guest.live, guest.config])
      expect([...(xml ?? '').matchAll(/<source>\s*<address domain='(0x\d+)'/g)].map(([, found]) => found)).toEqual(left);
  });
});
