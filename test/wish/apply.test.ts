/** Wishes on a fake kernel and a fake libvirt: made, changed, pruned, refused, exported. */
import { describe, expect, it, vi } from 'vitest';
import type { ApplyOptions, ApplyReport } from '../../src/app/wish/apply-wish.ts';
import { exportWish } from '../../src/app/wish/export-wish.ts';
import { planRecoveries, recoverChanges } from '../../src/app/recover-changes.ts';
import { readStatus } from '../../src/app/status.ts';
import { prepareFunctions } from '../../src/app/prepare.ts';
import { attachToGuest } from '../../src/app/guests/attach-to-guest.ts';
import { HostdevError } from '../../src/errors.ts';
import { libvirtError } from '../../src/libvirt/client/libvirt-error.ts';
import { openJournal } from '../../src/execute/journal/journal.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';
import { readOne } from '../../src/wish-files/read-texts.ts';
import type { DesiredState } from '../../src/wish/wish.ts';
import { formatWish } from '../../src/wish/format-wish.ts';
import { context, fake, hostdev, link, onPc, onZ, options, port, running, stateDirectory, useGuests } from '../guests.ts';
import { killedIn, applyOn, everything, FUNCTIONS, mortal, wishOf } from './wishes.ts';

useGuests(FUNCTIONS);

const apply = (text: string, more: Partial<ApplyOptions> = {}): Promise<ApplyReport> => applyOn(port, link, wishOf(text), more);
const verbs = ({ changes }: Pick<ApplyReport, 'changes'>): string[] => changes.map(({ verb, subject }) => `${verb} ${subject}`);
const rules = async (): Promise<readonly string[]> => ((await port.list('/etc/udev/rules.d')) ?? []).filter((name) => name.includes('hostdev'));

const ALL = `slots:
  - { fid: 0x41, state: standby }
virtualFunctions:
  - physicalFunction: "02:00.0"
    numVfs: 2
    persist: true
    settings: [{ index: 0, mac: 52:54:00:6d:90:02, vlan: 100 }]
functions:
  - { function: "0007:00:00.0", persist: true }
pools:
  - { network: fast, functions: ["02:00.0"] }
guests:
  - guest: web
    hostdevs:
      - function: "0007:00:00.0"
      - function: { physicalFunction: "02:00.0", index: 1 }
`;

describe('a wish', () => {
  it('of everything is made in order, and is no difference then', async () => {
    const guest = running(onZ('web'));
    const planned = await apply(ALL, { dryRun: true });
    expect(planned.differs).toBe(true);
    expect(planned.later).toEqual([
      { what: 'mac 52:54:00:6d:90:02, vlan 100 of virtual function 0 of 02:00.0', why: '0000:02:00.0 has its virtual functions' },
      { what: 'web has virtual function 1 of 02:00.0', why: '0000:02:00.0 has its virtual functions' },
    ]);
    const report = await apply(ALL);
    expect(verbs(report)).toEqual([
      'slot off 00000041',
      'vf create 0000:02:00.0',
      'persist 0000:02:00.0',
      'vf set 0000:02:10.0',
      'persist 0000:02:00.0',
      'prepare 0007:00:00.0',
      'persist 0007:00:00.0',
      'pool create fast',
      'attach 0007:00:00.0 in web',
      'attach 0000:02:10.1 in web',
    ]);
    for (const xml of [guest.live, guest.config]) expect(xml).toContain("domain='0x0007'");
    expect(port.driverOf('0007:00:00.0')).toBe('vfio-pci');
    expect(await rules()).toEqual(['10-hostdev-0000-02-00-0.rules', '10-hostdev-0007-00-00-0.rules']);
    const again = await apply(ALL, { agree: async () => Promise.reject(new Error('nobody is asked')) });
    expect([again.differs, verbs(again)]).toEqual([false, []]);
    expect(await apply(ALL, { dryRun: true, prune: true })).toMatchObject({ differs: false, changes: [], later: [] });
  });

  it('shows what is done: steps of a dry run are those that are made, on what those before them leave', async () => {
    running(onZ('web'));
    const text =
      'functions: [{ function: "0007:00:00.0", persist: true }, { function: "0008:00:00.0", persist: true }]\nguests: [{ guest: web, hostdevs: [{ function: "0007:00:00.0" }] }]\n';
    const planned = await apply(text, { dryRun: true });
    const done = await apply(text);
    expect(done.changes.map(({ verb, steps, undo }) => ({ verb, steps, undo }))).toEqual(
      planned.changes.map(({ verb, steps, undo }) => ({ verb, steps, undo })),
    );
    // libvirt takes nothing that is with vfio-pci by then.
    expect(planned.changes.flatMap(({ steps }) => steps).some(({ kind }) => kind === 'move')).toBe(false);
  });

  it('that changed is made so again, and what it does not name any more is pruned, in reverse', async () => {
    const guest = running(onZ('web'));
    const before = await everything();
    await apply(ALL);
    expect(await apply('slots: [{ fid: 0x41, state: configured }]\n', { dryRun: true })).toMatchObject({ changes: [{ verb: 'slot on' }] });
    const less = await apply(ALL.replace(/guests:[\s\S]*$/, '').replace('vlan: 100', 'vlan: 7'), { prune: true });
    expect(verbs(less)).toEqual(['detach 0007:00:00.0 in web', 'detach 0000:02:10.1 in web', 'vf set 0000:02:10.0', 'persist 0000:02:00.0']);
    expect(guest.live).not.toContain("domain='0x0007'");
    const none = await apply('slots: [{ fid: 0x41, state: configured }]\n', { prune: true });
    expect(verbs(none)).toEqual([
      'pool remove fast',
      'unpersist 0000:02:00.0',
      'unpersist 0007:00:00.0',
      'release 0007:00:00.0',
      'vf remove 0000:02:00.0',
      'slot on 00000041',
    ]);
    const after = await everything();
    expect(Object.keys(after).filter((name) => after[name] !== before[name] && !name.startsWith('config') && !name.startsWith('live'))).toEqual([]);
    expect(await rules()).toEqual([]);
  });

  it.each([
    ['ids', 'uid: "0x31", fid: "0x7"', "<zpci uid='0x0031' fid='0x00000007'/>"],
    ['being managed', 'managed: false', "managed='no'"],
  ])('gives a guest a function anew that it has with other %s', async (_, more, element) => {
    const guest = running(onZ('web'));
    const wished = (words: string): string => `guests:\n  - guest: web\n    hostdevs: [{ function: "0007:00:00.0"${words} }]\n`;
    await apply(wished(''));
    expect(await apply(wished(''))).toMatchObject({ differs: false });
    const planned = await apply(wished(`, ${more}`), { dryRun: true });
    expect([verbs(planned), planned.later]).toEqual([['detach 0007:00:00.0 in web'], [{ what: 'web has 0007:00:00.0', why: '0007:00:00.0 was given back' }]]);
    const done = verbs(await apply(wished(`, ${more}`)));
    expect(done.filter((each) => !each.startsWith('prepare'))).toEqual(['detach 0007:00:00.0 in web', 'attach 0007:00:00.0 in web']);
    for (const xml of [guest.live, guest.config]) expect(xml).toContain(element);
    // Whether it is managed stays as it is where nobody says.
    expect(await apply(wished(''))).toMatchObject({ differs: false });
  });

  it('prunes nothing that somebody else has made', async () => {
    running(onZ('web', hostdev('0x0031')));
    await port.write('/sys/bus/pci/devices/0000:02:00.0/sriov_numvfs', '1');
    await port.write('/sys/bus/pci/devices/0008:00:00.0/driver/unbind', '0008:00:00.0');
    await port.write('/sys/bus/pci/devices/0008:00:00.0/driver_override', 'vfio-pci');
    await port.write('/sys/bus/pci/drivers_probe', '0008:00:00.0');
    const libvirt = await link.get();
    await libvirt.defineNetwork("<network><name>theirs</name><forward mode='hostdev' managed='yes'><pf dev='eno1'/></forward></network>");
    await port.replaceFile('/etc/udev/rules.d/10-hostdev-0007-00-00-0.rules', '# edited by hand\n');
    const rule = await port.read('/etc/udev/rules.d/10-hostdev-0007-00-00-0.rules');
    const before = await everything();
    const report = await apply('slots: []\n', { prune: true });
    expect(verbs(report)).toEqual([]);
    expect(await everything()).toEqual(before);
    expect(await port.read('/etc/udev/rules.d/10-hostdev-0007-00-00-0.rules')).toEqual(rule);
  });

  it('keeps what it names by any name, whoever made it', async () => {
    running(onZ('web'));
    await prepareFunctions(context(), [parsePciAddress('0008:00:00.0')], { dryRun: false, stateDirectory, persist: true });
    await attachToGuest(context(), link, { word: 'web', specs: [{ source: parsePciAddress('0031:00:00.0') }] }, options());
    const text =
      'functions: [{ function: { match: { vendor: "0x1af4", device: "0x1041", place: "0008:00:00.0" } } }]\nguests: [{ guest: web, hostdevs: [{ function: { fid: 0x41 } }] }]\n';
    const match = /vendor: "(0x\w+)", device: "(0x\w+)"/;
    const read = async (name: string): Promise<string> => new TextDecoder().decode(await port.read(`/sys/bus/pci/devices/0008:00:00.0/${name}`)).trim();
    const own = text.replace(match, `vendor: "${await read('vendor')}", device: "${await read('device')}"`);
    expect(await apply(own, { prune: true })).toMatchObject({ differs: false, changes: [] });
    expect(verbs(await apply('slots: []\n', { prune: true, dryRun: true }))).toEqual([
      'detach 0031:00:00.0 in web',
      'unpersist 0008:00:00.0',
      'release 0008:00:00.0',
    ]);
  });

  it.each([
    ['functions: [{ function: "0099:00:00.0" }]\n', 'function-unknown', 2, 13],
    ['functions:\n  - function: { fid: 0x99 }\n', 'function-unknown', 3, 15],
    ['functions:\n  - function: { match: { vendor: "0xdead", device: "0xbeef" } }\n', 'function-unknown', 3, 15],
    ['functions:\n  - function: "0031:00:00.0"\n  - function: { fid: 0x41 }\n', 'wish-conflict', 4, 5],
    ['virtualFunctions:\n  - physicalFunction: "02:00.0"\n    numVfs: 9\n', 'sriov-count', 3, 5],
    ['virtualFunctions:\n  - physicalFunction: "0007:00:00.0"\n    numVfs: 1\n', 'sriov-missing', 3, 5],
    ['virtualFunctions:\n  - physicalFunction: "02:00.0"\n    numVfs: 1\n    settings:\n      - { index: 1, vlan: 7 }\n', 'sriov-count', 6, 9],
    ['guests:\n  - guest: nobody\n    hostdevs: [{ function: "0007:00:00.0" }]\n', 'guest-unknown', 3, 5],
    ['slots:\n  - { fid: 0x99, state: standby }\n', 'slot-unknown', 3, 5],
    ['functions:\n  - { function: "0007:00:00.0", driver: nvme }\n', 'driver-unknown', 3, 5],
  ])('that cannot be is refused with its place, and changes nothing: %j', async (text, code, line, column) => {
    running(onZ('web'));
    const before = await everything();
    const error = await apply(`${text}pools: []\n`).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HostdevError);
    expect(error).toMatchObject({ code, location: { file: 'wish.yaml', line, column } });
    expect(await everything()).toEqual(before);
    expect(await openJournal(stateDirectory).read()).toEqual([]);
  });

  it('tells all that is refused at once', async () => {
    const error = await apply('slots: [{ fid: 0x99, state: standby }]\nfunctions: [{ function: "0099:00:00.0" }]\n').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'slot-unknown', others: [{ code: 'function-unknown', location: { line: 3 } }] });
  });

  it('that cannot be is refused with the place of the function that cannot, among those that are planned together', async () => {
    running(onZ('web'));
    const held = {
      ...port,
      list: async (path: string) => (path === '/proc' ? [...((await port.list('/proc')) ?? []), '4711'] : path === '/proc/4711/fd' ? ['5'] : port.list(path)),
      readlink: async (path: string) => (path === '/proc/4711/fd/5' ? '/dev/vfio/8' : port.readlink(path)),
    };
    const both = wishOf('functions:\n  - function: "0007:00:00.0"\n  - function: "0031:00:00.0"\n');
    await expect(applyOn(held, link, both)).rejects.toMatchObject({ subject: '0031:00:00.0', location: { line: 4, column: 5 } });
    const inGuest = 'guests:\n  - guest: web\n    hostdevs:\n      - function: "0007:00:00.0"\n      - function: "0031:00:00.0"\n';
    await expect(applyOn(held, link, wishOf(inGuest))).rejects.toMatchObject({ subject: '0031:00:00.0', location: { line: 6, column: 9 } });
    const twice = inGuest.replace('"0031:00:00.0"', '{ fid: 0x41 }').replace('0007', '0031');
    await expect(apply(twice)).rejects.toMatchObject({ code: 'wish-conflict', location: { line: 6, column: 9 } });
  });

  it('tells of what is planned later all that there is to know, once it is done', async () => {
    running(onZ('web'));
    const text =
      'virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 1 }]\nguests: [{ guest: web, hostdevs: [{ function: { physicalFunction: "02:00.0", index: 0 } }] }]\n';
    expect((await apply(text, { dryRun: true })).notes).toEqual([]);
    expect((await apply(text)).notes.map(({ code }) => code)).toEqual(['memory-locked', 'migration-blocked']);
  });

  it('that nobody agrees to is not made, and one that changed meanwhile is not either', async () => {
    const text = 'functions: [{ function: "0007:00:00.0" }]\n';
    await expect(apply(text, { agree: async () => false })).rejects.toMatchObject({ code: 'change-unconfirmed' });
    const agree = async (): Promise<boolean> => {
      await prepareFunctions(context(), [parsePciAddress('0007:00:00.0')], { dryRun: false, stateDirectory });
      return true;
    };
    await expect(apply(text, { agree })).rejects.toMatchObject({ code: 'plan-stale' });
  });
});

describe('what is exported', () => {
  const yaml = async (): Promise<string> => {
    const { wish, comments, notes } = await exportWish(context(), async () => link);
    expect(notes).toEqual([]);
    return formatWish(wish, comments);
  };

  it.each([
    ['nothing', ''],
    ['everything', ALL],
    [
      'what is in definitions only',
      'guests:\n  - guest: web\n    hostdevs:\n      - { function: "0007:00:00.0", scope: config, managed: false, uid: "0x21", fid: "0x5" }\n      - { function: "0008:00:00.0", scope: live }\n',
    ],
    [
      'rules and functions',
      'virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 3, hostDrivers: true, persist: true, settings: [{ index: 2, trust: true, rate: 100, spoofchk: false }] }]\nfunctions: [{ function: "0008:00:00.0", persist: true }, { function: "0007:00:00.0" }]\n',
    ],
  ])('is %s, and no difference when it is applied', async (_, text) => {
    running(onZ('web'));
    fake.qemu.define(onPc('pc', 2));
    if (text !== '') await apply(text);
    const exported = await yaml();
    const read = readOne({ name: 'export.yaml', text: exported });
    expect(read, exported).toHaveProperty('slots');
    expect(verbs(await applyOn(port, link, wishOf(exported.replace('formatVersion: 1\n', '')))), exported).toEqual([]);
    expect(verbs(await applyOn(port, link, wishOf(exported.replace('formatVersion: 1\n', '')), { prune: true })), exported).toEqual([]);
    expect(await yaml()).toBe(exported);
  });

  it.each([
    ['has no networks at all', 3, 'this function is not supported by the connection driver: virConnectListAllNetworks', []],
    [
      'cannot reach the daemon of its networks',
      38,
      "Failed to connect socket to '/run/libvirt/virtnetworkd-sock': No such file or directory",
      ["pools are left out: Failed to connect socket to '/run/libvirt/virtnetworkd-sock': No such file or directory"],
    ],
  ])('has the guests of a libvirt that %s', async (_, code, message, told) => {
    running(onZ('web', hostdev('0x0031')));
    const refusal = { code, domain: 0, message, level: 2, dom: undefined, str1: undefined, str2: undefined, str3: undefined, int1: 0, int2: 0, net: undefined };
    vi.spyOn(await link.get(), 'listNetworks').mockRejectedValue(libvirtError(refusal, 'CONNECT_LIST_ALL_NETWORKS'));
    const { wish, notes } = await exportWish(context(), async () => link);
    expect(wish).toMatchObject({ pools: [], guests: [{ guest: 'web', hostdevs: [{ function: '0031:00:00.0' }] }] });
    expect(notes.map((note) => note.message)).toEqual(told);
  });

  it('is a file in stable order, with the words of the field', async () => {
    running(onZ('web'));
    await apply(ALL);
    expect(await yaml()).toBe(`formatVersion: 1
slots:
  - fid: "0x00000041"
    state: "standby"
virtualFunctions:
  - physicalFunction: "0000:02:00.0"
    numVfs: 2
    hostDrivers: false
    persist: true
    settings:
      - index: 0
        mac: "52:54:00:6d:90:02"
        vlan: 100
functions:
  - function: "0007:00:00.0"
    persist: true
pools:
  - network: "fast"
    functions:
      - "0000:02:00.0"
guests:
  - guest: "web"
    hostdevs:
      - function: "0007:00:00.0"
        uid: "0x0001"
        fid: "0x00000000"
      - function: "0000:02:10.1"
        uid: "0x0002"
        fid: "0x00000001"
`);
  });
});

describe('a wish whose process is killed', () => {
  /** Behind its last step: the state directory as it is left. */
  async function killed(): Promise<string> {
    const text =
      'functions: [{ function: "0007:00:00.0", persist: true }, { function: "0008:00:00.0" }]\nguests: [{ guest: web, hostdevs: [{ function: "0007:00:00.0" }] }]\n';
    const left = await killedIn(await mortal({ at: 11, how: 'killed behind' }), wishOf(text));
    if (left === undefined) throw new Error('it was not killed');
    return left;
  }
  const told = (all: readonly { readonly verb: string; readonly subject: string }[]): string[] => all.map(({ verb, subject }) => `${verb} ${subject}`);

  it('keeps everything else from being changed, is told by status, and is undone by recover as that is planned', async () => {
    running(onZ('web'));
    const before = await everything();
    const left = await killed();
    const { changes } = await readStatus(context(), left);
    const parts = ['prepare 0007:00:00.0', 'prepare 0008:00:00.0', 'persist 0007:00:00.0', 'attach 0007:00:00.0 in web'];
    expect(told(changes.filter(({ state }) => state === 'interrupted'))).toEqual(parts);
    const other = { dryRun: false, stateDirectory: left };
    await expect(prepareFunctions(context(), [parsePciAddress('0031:00:00.0')], other)).rejects.toMatchObject({
      code: 'recovery-needed',
      message: expect.stringContaining('prepare 0007:00:00.0') as string,
    });
    await expect(applyOn(port, link, wishOf('slots: []\n'), { prune: true, stateDirectory: left })).rejects.toMatchObject({ code: 'recovery-needed' });
    const planned = await planRecoveries(context(), left);
    const recovered = await recoverChanges(context(), left);
    // The one that was open had been done; then all of them go back.
    expect(recovered.map(({ outcome }) => outcome)).toEqual(['new', 'old', 'old', 'old', 'old']);
    expect(told(recovered)).toEqual(['attach 0007:00:00.0 in web', ...parts.toReversed()]);
    expect(told(planned.map(({ begun }) => begun))).toEqual(['attach 0007:00:00.0 in web', ...parts.slice(0, 3).toReversed()]);
    expect(await everything()).toEqual(before);
    await prepareFunctions(context(), [parsePciAddress('0031:00:00.0')], other);
  });

  it('gives a guest back what it had otherwise', async () => {
    running(onZ('web'));
    const wished = (uid: string): DesiredState => wishOf(`guests: [{ guest: web, hostdevs: [{ function: "0007:00:00.0", uid: "${uid}" }] }]\n`);
    await applyOn(port, link, wished('0x21'));
    const before = await everything();
    for (const at of [1, 2, 3]) {
      const left = await killedIn(await mortal({ at, how: 'killed behind' }), wished('0x31'));
      if (left === undefined) continue;
      expect((await recoverChanges(context(), left)).filter(({ outcome }) => outcome === 'stuck')).toEqual([]);
      const after = await everything();
      for (const part of ['live web', 'config web']) expect(after[part]).toContain("uid='0x0021'");
      expect(Object.keys(after).filter((name) => after[name] !== before[name] && !name.endsWith(' web'))).toEqual([]);
    }
  });

  it('names what somebody uses by then, leaves what it stands on, and goes on when it is let go', async () => {
    running(onZ('web'));
    const before = await everything();
    const left = await killed();
    const holder = {
      ...port,
      list: async (path: string) => (path === '/proc' ? [...((await port.list('/proc')) ?? []), '4711'] : path === '/proc/4711/fd' ? ['5'] : port.list(path)),
    };
    const held = {
      ...holder,
      readlink: async (path: string) => (path === '/proc/4711/fd/5' ? '/dev/vfio/2' : port.readlink(path)),
    };
    const stuck = await recoverChanges({ ...context(), port: held }, left);
    expect(told(stuck.filter(({ outcome }) => outcome === 'stuck'))).toEqual(['prepare 0008:00:00.0']);
    expect(port.driverOf('0007:00:00.0')).toBe('vfio-pci');
    expect((await recoverChanges(context(), left)).filter(({ outcome }) => outcome === 'stuck')).toEqual([]);
    expect(await everything()).toEqual(before);
  });

  it('by a reboot has lost what ends with the boot; what outlives it is undone', async () => {
    running(onZ('web'));
    const left = await killed();
    const writes = port.writes.length;
    const boot = new TextEncoder().encode('another boot\n');
    const rebooted = { ...port, read: async (path: string, limit?: number) => (path.endsWith('/boot_id') ? boot : port.read(path, limit)) };
    const recovered = await recoverChanges({ ...context(), port: rebooted }, left);
    expect(told(recovered)).toEqual(['attach 0007:00:00.0 in web', 'attach 0007:00:00.0 in web', 'persist 0007:00:00.0']);
    expect(await rules()).toEqual([]);
    // The functions of that boot are nobody's to touch.
    expect(port.writes.slice(writes).filter(({ path }) => path.startsWith('/sys/'))).toEqual([]);
  });
});

describe('virtual functions of a physical one', () => {
  const card = async (): Promise<string> => {
    const read = async (name: string): Promise<string> => new TextDecoder().decode(await port.read(`/sys/bus/pci/devices/0000:02:00.0/${name}`)).trim();
    return `{ match: { vendor: "${await read('vendor')}", device: "${await read('device')}", place: "0000:02:00.0" } }`;
  };

  it('of which one is named, and nothing is said of it, are kept as they are made', async () => {
    const wish = 'virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 2, persist: true, settings: [{ index: 0 }] }]\n';
    expect(verbs(await apply(wish))).toEqual(['vf create 0000:02:00.0', 'persist 0000:02:00.0']);
    expect((await apply(wish)).differs).toBe(false);
  });

  it('that is named by its card have their settings, before they are there and after', async () => {
    const wish = `virtualFunctions: [{ physicalFunction: ${await card()}, numVfs: 2, settings: [{ index: 0, vlan: 7 }] }]\n`;
    expect(verbs(await apply(wish))).toEqual(['vf create 0000:02:00.0', 'vf set 0000:02:10.0']);
    expect(await apply(wish)).toMatchObject({ differs: false });
  });

  it('that is named twice, by different names, are refused with the place of the second', async () => {
    const wish = `virtualFunctions:\n  - { physicalFunction: "02:00.0", numVfs: 2 }\n  - { physicalFunction: ${await card()}, numVfs: 3 }\n`;
    await expect(apply(wish)).rejects.toMatchObject({ code: 'wish-conflict', location: { line: 4, column: 5 } });
    expect(await openJournal(stateDirectory).read()).toEqual([]);
  });

  it('are of no virtual one', () => {
    const text = 'formatVersion: 1\nvirtualFunctions:\n  - physicalFunction: { physicalFunction: "02:00.0", index: 0 }\n    numVfs: 2\n';
    expect(readOne({ name: 'wish.yaml', text })).toMatchObject([
      { code: 'wish-malformed', location: { line: 3 } },
      { code: 'wish-malformed', location: { line: 3 } },
      { code: 'wish-malformed', location: { line: 3 } },
    ]);
  });
});

describe('a card', () => {
  it.each(['8086', '0x144d', '5197'])('has ids in quotes, for %s is another number to whoever writes the file anew', (vendor) => {
    const read = readOne({ name: 'wish.yaml', text: `formatVersion: 1\nfunctions:\n  - function: { match: { vendor: ${vendor}, device: "0xa80a" } }\n` });
    expect(read).toMatchObject([{ code: 'wish-malformed', hint: `write it in quotes: "${vendor}"`, location: { line: 3, column: 34 } }]);
  });

  it('that is known by its MAC address is known by it while VFIO has it, where it is kept; elsewhere it is said why not', async () => {
    await port.replaceFile('/sys/class/net/eno1/address', '52:54:00:00:00:01\n');
    const read = async (name: string): Promise<string> => new TextDecoder().decode(await port.read(`/sys/bus/pci/devices/0000:02:00.0/${name}`)).trim();
    const card = `match: { vendor: "${await read('vendor')}", device: "${await read('device')}", mac: "52:54:00:00:00:01" }`;
    const wish = `functions: [{ function: { ${card} }, persist: true }]\n`;
    expect(verbs(await apply(wish))).toEqual(['prepare 0000:02:00.0', 'persist 0000:02:00.0']);
    expect(await apply(wish)).toMatchObject({ differs: false });
    await apply('functions: [{ function: "02:00.0", persist: false }]\n');
    await expect(apply(wish)).rejects.toMatchObject({
      code: 'function-unknown',
      message: expect.stringMatching(/^no function shows .*; .*0000:02:00\.0.* may be, without showing/) as string,
    });
  });
});
