import { describe, expect, it } from 'vitest';
import type { Judgment } from '../state/judge.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { heldBy, judged } from '../../test/judged.ts';
import { refusal } from '../../test/refusal.ts';
import { HostdevError } from '../errors.ts';
import { formatStep, type Step } from './step.ts';
import { keptVfs, planVfCount, vfCountSteps, type VfCountFacts, type VfCountWish } from './vf.ts';
import { keptSettings, planVfSettings, settingRefused, vfSettingSteps, type VfSettingsFacts, type VfSettingsWish } from './vf-settings.ts';

const DEVICE = {
  address: { domain: 0, bus: 2, slot: 0, function: 0 },
  sriov: { totalVfs: 7, numVfs: 0, virtualFunctions: [] },
  physicalFunction: undefined,
} as unknown as NodeDevice;

const USED = { device: { address: { domain: 0, bus: 2, slot: 0x10, function: 0 } }, uses: [{ kind: 'guest', chain: ['guest web'] }] } as unknown as Judgment;

const plan = (now: [count: string, autoprobe: string | null], wish: Partial<VfCountWish>, facts: Partial<VfCountFacts> = {}): string[] =>
  planVfCount(
    { device: DEVICE, now: { count: now[0], autoprobe: now[1] }, autoprobeBefore: undefined, kept: null, going: [], ...facts },
    { verb: 'vf create', count: 2, hostDrivers: undefined, persist: false, ...wish },
  ).steps.map((step) => (step.kind === 'write' ? `${step.path.split('/').at(-1)} ${step.text}` : step.kind));

describe('the plan of virtual functions', () => {
  it.each<[string, [string, string | null], Partial<VfCountWish>, string[]]>([
    ['of none keeps host drivers off before it makes some', ['0', '1'], {}, ['sriov_drivers_autoprobe 0', 'sriov_numvfs 2']],
    ['of another number goes through 0', ['4', '0'], {}, ['sriov_numvfs 0', 'sriov_numvfs 2']],
    ['of the number that is there is empty', ['2', '0'], {}, []],
    ['of the number that is there is empty, whoever may take them', ['2', '1'], {}, []],
    ['of the number that is there lets host drivers have them when that is said', ['2', '0'], { hostDrivers: true }, ['sriov_drivers_autoprobe 1']],
    ['of the number that is there keeps them off when that is said', ['2', '1'], { hostDrivers: false }, ['sriov_drivers_autoprobe 0']],
    ['of the number that is there makes it as it will be at the next boot', ['2', '1'], { persist: true }, ['sriov_drivers_autoprobe 0']],
    ['of a kernel without that attribute leaves it out', ['0', null], {}, ['sriov_numvfs 2']],
  ])('%s', (_, now, wish, expected) => {
    expect(plan(now, wish)).toEqual(expected);
  });

  it('puts back what creating found when it takes them away', () => {
    const removal = { verb: 'vf remove', count: 0, persist: true } as const;
    expect(plan(['2', '0'], removal, { autoprobeBefore: '1' })).toEqual(['sriov_numvfs 0', 'sriov_drivers_autoprobe 1']);
    expect(plan(['2', '0'], removal, { kept: { count: 2, hostDrivers: false, settings: {} } })).toEqual(['sriov_numvfs 0', 'sriov_drivers_autoprobe 1']);
    expect(plan(['2', '0'], removal)).toEqual(['sriov_numvfs 0']);
  });

  it.each<[string, [string, string | null], Partial<VfCountWish>, Partial<VfCountFacts>, string]>([
    ['none at all', ['0', '1'], { count: 0 }, {}, 'sriov-count'],
    ['more than there can be', ['0', '1'], { count: 8 }, {}, 'sriov-count'],
    ['a function without SR-IOV', ['0', '1'], {}, { device: { ...DEVICE, sriov: undefined } }, 'sriov-missing'],
    ['another number while one is used', ['4', '0'], {}, { going: [USED] }, 'sriov-in-use'],
  ])('refuses %s', (_, now, wish, facts, code) => {
    expect(() => plan(now, wish, facts)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('leaves the number that is there to whoever uses it', () => {
    expect(plan(['2', '0'], {}, { going: [USED] })).toEqual([]);
  });
});

const told = (steps: readonly Step[]): string[] => steps.map(formatStep);

describe('virtual functions', () => {
  const AT = '/sys/bus/pci/devices/0000:02:00.0';
  it.each<[Record<string, string | null>, Record<string, string | null>, string[]]>([
    [
      { count: '0', autoprobe: '1' },
      { count: '1', autoprobe: '0' },
      [
        `write "0" to ${AT}/sriov_drivers_autoprobe  # no host driver takes virtual functions of it`,
        `write "1" to ${AT}/sriov_numvfs  # 1 virtual function appears`,
      ],
    ],
    [
      { count: '1', autoprobe: '0' },
      { count: '3', autoprobe: '1' },
      [
        `write "0" to ${AT}/sriov_numvfs  # 1 virtual function goes away`,
        `write "1" to ${AT}/sriov_drivers_autoprobe  # host drivers may take virtual functions of it`,
        `write "3" to ${AT}/sriov_numvfs  # 3 virtual functions appear`,
      ],
    ],
    [{ count: '3' }, { count: '0' }, [`write "0" to ${AT}/sriov_numvfs  # 3 virtual functions go away`]],
    [{ count: '3', autoprobe: '1' }, { count: '3', autoprobe: '1' }, []],
    [{}, {}, []],
    [{}, { count: '2' }, [`write "2" to ${AT}/sriov_numvfs  # 2 virtual functions appear`]],
    [{ count: '2' }, {}, [`write "0" to ${AT}/sriov_numvfs  # 2 virtual functions go away`]],
  ])('go from %j to %j by what is written where', (from, to, steps) => {
    expect(told(vfCountSteps('0000:02:00.0', from, to))).toEqual(steps);
  });

  const facts = (device: object, count = '0'): VfCountFacts => ({
    ...{ device: { ...DEVICE, ...device } as NodeDevice, now: { count, autoprobe: '1' }, autoprobeBefore: undefined, kept: null, going: [] },
  });
  const wish = (verb: 'vf create' | 'vf remove', count: number): VfCountWish => ({ verb, count, hostDrivers: undefined, persist: false });
  const NAME = '0000:02:00.0';
  it.each<[string, VfCountFacts, VfCountWish, string]>([
    [
      'without SR-IOV',
      facts({ sriov: undefined }),
      wish('vf create', 1),
      `sriov-missing ${NAME}: ${NAME} cannot have virtual functions (it has no SR-IOV, or the firmware has it switched off)`,
    ],
    [
      'with none to have',
      facts({ sriov: { totalVfs: 0, numVfs: 0, virtualFunctions: [] } }),
      wish('vf create', 1),
      `sriov-missing ${NAME}: ${NAME} cannot have virtual functions (it has no SR-IOV, or the firmware has it switched off)`,
    ],
    [
      'that is one itself',
      facts({ sriov: undefined, physicalFunction: { domain: 0, bus: 1, slot: 0, function: 0 } }),
      wish('vf create', 1),
      `sriov-missing ${NAME}: ${NAME} cannot have virtual functions (it is a virtual function itself; name its physical function 0000:01:00.0)`,
    ],
    [
      'for none',
      facts({}),
      wish('vf create', 0),
      `sriov-count 0: ${NAME} can have 1 to 7 virtual functions, not 0 ('hostdev vf remove ${NAME}' takes them all away)`,
    ],
    [
      'for too many',
      facts({}),
      wish('vf create', 8),
      `sriov-count 8: ${NAME} can have 1 to 7 virtual functions, not 8 ('hostdev vf remove ${NAME}' takes them all away)`,
    ],
    [
      'for fewer than none',
      facts({}),
      wish('vf remove', -1),
      `sriov-count -1: ${NAME} can have 1 to 7 virtual functions, not -1 ('hostdev vf remove ${NAME}' takes them all away)`,
    ],
  ])('are refused to a function %s', (_, there, asked, line) => {
    expect(refusal(() => planVfCount(there, asked))).toBe(line);
  });

  it('may be as many as there can be, and may all be taken away', () => {
    expect(planVfCount(facts({}), wish('vf create', 7)).wanted).toEqual({ count: '7', autoprobe: '0' });
    expect(planVfCount(facts({}, '7'), wish('vf remove', 0)).wanted).toEqual({ count: '0', autoprobe: '1' });
  });

  it('that go are named in the record, and only those that go', () => {
    const virtualFunctions = [0, 2].map((fn) => ({ domain: 0, bus: 2, slot: 16, function: fn }));
    const with2 = (count: string): VfCountFacts => facts({ sriov: { totalVfs: 7, numVfs: 2, virtualFunctions } }, count);
    expect(planVfCount(with2('2'), wish('vf create', 3)).before).toEqual({ count: '2', autoprobe: '1', functions: '0000:02:10.0 0000:02:10.2' });
    expect(planVfCount(with2('2'), wish('vf create', 2)).before).toEqual({ count: '2', autoprobe: '1' });
    expect(planVfCount(facts({}), wish('vf create', 2)).before).toEqual({ count: '0', autoprobe: '1' });
  });

  it('are kept by a rule with the settings that they had, as long as their number stays', () => {
    const old = { count: 2, hostDrivers: true, settings: { '0': { vlan: '7' } } };
    const kept = (count: number, hostDrivers?: boolean) => keptVfs(old, { ...wish('vf create', count), hostDrivers });
    expect(kept(2)).toEqual({ count: 2, hostDrivers: false, settings: old.settings });
    expect(kept(2, true)).toEqual(old);
    expect(kept(3)).toEqual({ count: 3, hostDrivers: false, settings: {} });
    expect(kept(0)).toBeNull();
    expect(keptVfs(null, wish('vf create', 2))).toEqual({ count: 2, hostDrivers: false, settings: {} });
  });
});

describe('the settings of a virtual function', () => {
  const VF = '0000:02:10.0';
  const PF = '0000:02:00.0';
  const device = { physicalFunction: { domain: 0, bus: 2, slot: 0, function: 0 } };
  const place = { netdev: 'eth0', index: 3 };
  const now = { mac: '52:54:00:00:00:01', vlan: '0', trust: 'off', spoofchk: null, rate: '0' };
  const facts = (told_: Partial<VfSettingsFacts> = {}): VfSettingsFacts => ({ judgment: judged(VF, { device }), place, now, force: false, ...told_ });
  const set = (wish: VfSettingsWish, there = facts()) => planVfSettings(there, wish);

  it('are set one by one, in the words of ip(8), and put back', () => {
    const change = set({ rate: '100', vlan: '7', mac: '52:54:00:00:00:01', spoofchk: 'on' });
    expect(change).toMatchObject({
      ...{ verb: 'vf set', subject: VF, place, physicalFunction: PF },
      before: { mac: '52:54:00:00:00:01', vlan: '0', spoofchk: null, rate: '0' },
      wanted: { mac: '52:54:00:00:00:01', vlan: '7', spoofchk: 'on', rate: '100' },
    });
    expect(told(change.steps)).toEqual([
      'run ip link set dev eth0 vf 3 vlan 7  # vlan of VF 3 is 7',
      'run ip link set dev eth0 vf 3 spoofchk on  # spoofchk of VF 3 is on',
      'run ip link set dev eth0 vf 3 max_tx_rate 100  # rate of VF 3 is 100',
    ]);
    expect(told(change.undo)).toEqual([
      'run ip link set dev eth0 vf 3 vlan 0  # vlan of VF 3 is 0',
      'run ip link set dev eth0 vf 3 max_tx_rate 0  # rate of VF 3 is 0',
    ]);
    expect(vfSettingSteps(place, {}, {})).toEqual([]);
  });

  it('are all set where nobody could be asked', () => {
    const change = set({ vlan: '0', trust: 'off' }, facts({ now: undefined }));
    expect(change.before).toEqual({ vlan: null, trust: null });
    expect(change.steps).toHaveLength(2);
  });

  const HELD = judged(VF, { verdict: 'held', evidence: [heldBy('web')], device });
  it('are left to the guest that holds it, unless forced, or nothing changes', () => {
    expect(refusal(() => set({ vlan: '7' }, facts({ judgment: HELD })))).toBe(
      `function-held ${VF}: ${VF} is held: guest web (its guest would notice; --force changes it all the same)`,
    );
    expect(set({ vlan: '7' }, facts({ judgment: HELD, force: true })).steps).toHaveLength(1);
    expect(set({ vlan: '0' }, facts({ judgment: HELD })).steps).toEqual([]);
  });

  it('are refused to what is none, and where there is nobody to enforce them', () => {
    expect(refusal(() => set({ vlan: '7' }, facts({ judgment: judged(VF) })))).toBe(
      `sriov-missing ${VF}: ${VF} is not a virtual function ('hostdev vf create' makes some)`,
    );
    expect(refusal(() => set({ vlan: '7' }, facts({ place: undefined })))).toBe(
      `sriov-missing ${VF}: the physical function ${PF} of ${VF} has no network interface (only network functions have these settings; is the driver of the physical function loaded?)`,
    );
  });

  it('are kept beside the others of the same functions', () => {
    const old = { count: 4, hostDrivers: false, settings: { '1': { vlan: '5' }, '3': { vlan: '6', trust: 'on' } } };
    const wish = { vlan: '7', rate: '100' };
    expect(keptSettings(old, set(wish), wish)).toEqual({ ...old, settings: { '1': { vlan: '5' }, '3': { vlan: '7', trust: 'on', max_tx_rate: '100' } } });
    expect(keptSettings(old, set({}), {})).toEqual(old);
    expect(keptSettings({ ...old, settings: {} }, set({}), {})).toEqual({ ...old, settings: {} });
    expect(refusal(() => keptSettings(null, set(wish), wish))).toBe(
      `persist-absent ${PF}: the virtual functions of ${PF} are not kept across boots, so their settings cannot be ('hostdev vf create ${PF} COUNT --persist' keeps them)`,
    );
  });

  it('that a driver does not take are told as that; any other fault as it is', () => {
    const failed = new HostdevError('change-failed', 'no');
    expect(settingRefused(VF, failed)).toMatchObject({
      ...{
        code: 'vf-setting-refused',
        subject: VF,
        message: 'no',
        hint: 'not every driver has every setting; what was there before is put back',
        cause: failed,
      },
    });
    const [other, plain] = [new HostdevError('busy', 'no'), new Error('no')];
    expect([settingRefused(VF, other), settingRefused(VF, plain)]).toEqual([other, plain]);
  });
});
