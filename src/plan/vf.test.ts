import { describe, expect, it } from 'vitest';
import type { Judgment } from '../state/judge.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { planVfCount, type VfCountFacts, type VfCountWish } from './vf.ts';

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
