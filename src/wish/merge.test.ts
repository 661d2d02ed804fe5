import { describe, expect, it } from 'vitest';
import { formatLocation, type Problem } from '../errors.ts';
import { readOne } from '../wish-files/read-texts.ts';
import { mergeWishes } from './merge.ts';
import type { DesiredState } from './wish.ts';

function merged(...texts: readonly string[]): DesiredState | readonly Problem[] {
  return mergeWishes(
    texts.map((text, at) => {
      const read = readOne({ name: `${at}.yaml`, text: `formatVersion: 1\n${text}` });
      if (!('slots' in read)) throw new Error(read.map(({ message }) => message).join());
      return read;
    }),
  );
}

const VFS = 'virtualFunctions:\n  - physicalFunction: "03:00.0"\n    numVfs: 4\n';
const GUEST = 'guests:\n  - guest: web\n    hostdevs:\n';

describe('several wishes', () => {
  it.each([
    [
      'the same slot, said twice in the same way',
      'slots: [{ fid: 0x17, state: standby }]',
      'slots: [{ fid: "0x00000017", state: standby }]',
      { slots: [{ fid: 0x17 }] },
    ],
    [
      'parts of one function',
      'functions: [{ function: "06:00.0", persist: true }]',
      'functions: [{ function: "0000:06:00.0", driver: vfio-pci }]',
      { functions: [{ persist: true, driver: 'vfio-pci' }] },
    ],
    [
      'settings of one physical function',
      `${VFS}    settings: [{ index: 0, vlan: 1 }, { index: 1, vlan: 1 }]`,
      `${VFS}    settings: [{ index: 1, trust: true }]`,
      {
        virtualFunctions: [
          {
            settings: [
              { index: 0, values: { vlan: '1' } },
              { index: 1, values: { vlan: '1', trust: 'on' } },
            ],
          },
        ],
      },
    ],
    [
      'functions of one guest',
      `${GUEST}      - function: "06:00.0"`,
      `${GUEST}      - function: "07:00.0"`,
      { guests: [{ hostdevs: [{ function: { written: '06:00.0' } }, { function: { written: '07:00.0' } }] }] },
    ],
  ])('are one: %s', (_, one, other, both) => {
    expect(merged(one, other)).toMatchObject(both);
    const parts = Object.values(merged(one, other) as DesiredState).flatMap((part: readonly unknown[]) => part);
    expect(parts).toHaveLength(1);
  });

  it.each([
    [
      'slots: [{ fid: 0x17, state: standby }]',
      'slots: [{ fid: 0x17, state: configured }]',
      '1.yaml:2:9: slot 0x00000017: state is configured here, and standby at 0.yaml:2:9',
    ],
    [
      'functions: [{ function: "06:00.0", persist: true }]',
      'functions: [{ function: "06:00.0", persist: false }]',
      'function 0000:06:00.0: persist is false here, and true at 0.yaml:2:13',
    ],
    [VFS, VFS.replace('4', '8'), '1.yaml:3:5: virtual functions of 0000:03:00.0: numVfs is 8 here, and 4 at 0.yaml:3:5'],
    [
      `${VFS}    settings: [{ index: 1, vlan: 1 }]`,
      `${VFS}    settings: [{ index: 1, vlan: 2 }]`,
      '1.yaml:5:16: settings of virtual function 1: vlan is 2 here, and 1 at 0.yaml:5:16',
    ],
    [
      'pools: [{ network: fast, functions: ["03:00.0"] }]',
      'pools: [{ network: fast, functions: ["04:00.0"] }]',
      'pool fast: functions is 04:00.0 here, and 03:00.0 at 0.yaml:2:9',
    ],
    [
      `${GUEST}      - { function: "06:00.0", managed: true }`,
      `${GUEST}      - { function: "06:00.0", managed: false }`,
      '0000:06:00.0 in web: managed is false here, and true at 0.yaml:5:9',
    ],
    [
      `${GUEST}      - { function: "06:00.0", scope: live }`,
      `${GUEST}      - { function: "06:00.0" }`,
      '0000:06:00.0 in web: scope is persistent here, and live at 0.yaml:5:9',
    ],
    [
      `${GUEST}      - { function: "06:00.0" }`,
      `${GUEST}      - { function: "06:00.0", scope: live }`,
      '0000:06:00.0 in web: scope is live here, and persistent at 0.yaml:5:9',
    ],
    [
      `${GUEST}      - { function: "06:00.0", uid: 0x21, fid: 0x9 }`,
      `${GUEST}      - { function: "06:00.0", uid: 0x31, fid: 0x9 }`,
      '0000:06:00.0 in web: uid is 0x0031 here, and 0x0021 at 0.yaml:5:9',
    ],
  ])('that contradict each other are refused with both places: %j, %j', (one, other, told) => {
    const problems = merged(one, other);
    expect('slots' in problems).toBe(false);
    const [problem, ...others] = problems as readonly Problem[];
    expect(others).toEqual([]);
    expect(`${problem?.location === undefined ? '' : formatLocation(problem.location)}: ${problem?.message}`).toContain(told);
    expect(problem).toMatchObject({ code: 'wish-conflict', hint: 'say it in one place' });
  });

  it('of which three contradict each other name every place that says something else, where it says it', () => {
    const slot = (state: string): string => `slots: [{ fid: 0x17, state: ${state} }]`;
    const told = (...texts: readonly string[]): string[] => {
      const problems = merged(...texts);
      return 'slots' in problems ? [] : problems.map(({ message, location }) => `${location === undefined ? '' : formatLocation(location)}: ${message}`);
    };
    expect(told(VFS, VFS.replace('4', '8'), VFS.replace('4', '2'))).toEqual([
      '1.yaml:3:5: virtual functions of 0000:03:00.0: numVfs is 8 here, and 4 at 0.yaml:3:5',
      '2.yaml:3:5: virtual functions of 0000:03:00.0: numVfs is 2 here, and 4 at 0.yaml:3:5, and 8 at 1.yaml:3:5',
    ]);
    const vfs = (more: string): string => `${VFS}    ${more}\n`;
    // The first says nothing of it.
    expect(told(vfs(''), vfs('persist: true'), vfs('persist: false'))).toEqual([
      '2.yaml:3:5: virtual functions of 0000:03:00.0: persist is false here, and true at 1.yaml:3:5',
    ]);
    expect(told(slot('standby'), slot('configured'), slot('standby'))).toEqual([
      '1.yaml:2:9: slot 0x00000017: state is configured here, and standby at 0.yaml:2:9',
      '2.yaml:2:9: slot 0x00000017: state is standby here, and configured at 1.yaml:2:9',
    ]);
  });

  it('of the same pool by other words for the same function contradict nothing', () => {
    expect(merged('pools: [{ network: fast, functions: ["03:00.0"] }]', 'pools: [{ network: fast, functions: ["0000:03:00.0"] }]')).toMatchObject({
      pools: [{ network: 'fast' }],
    });
  });
});
