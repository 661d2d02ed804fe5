import { describe, expect, test } from 'vitest';
import { applyPatches, type Patch } from './events.ts';
import type { WholeState } from './state.ts';

const functionAt = (hostAddress: string, driver: string | null = null) => ({ hostAddress, driver }) as WholeState['functions'][number];
const guestNamed = (guest: string, uuid: string) => ({ guest, uuid }) as WholeState['guests'][number];
const operation = (id: string, progress: string | null = null) => ({ id, progress }) as WholeState['operations'][number];

const BEFORE = {
  functions: [functionAt('0000:01:00.0'), functionAt('0000:03:00.0')],
  slots: [],
  guests: [guestNamed('web', 'b'), guestNamed('db', 'c')].toSorted((a, b) => (a.guest < b.guest ? -1 : 1)),
  operations: [operation('1')],
  persistent: [],
  inForce: [],
} as unknown as WholeState;

describe('patches lead from one state to the next', () => {
  test('what changes stays where it is', () => {
    const { functions } = applyPatches(BEFORE, [{ of: 'functions', key: '0000:01:00.0', value: functionAt('0000:01:00.0', 'vfio-pci') }]);
    expect(functions.map(({ hostAddress, driver }) => `${hostAddress} ${driver}`)).toEqual(['0000:01:00.0 vfio-pci', '0000:03:00.0 null']);
  });

  test('what comes is put in at its place, and what goes is gone', () => {
    const patches: Patch[] = [
      { of: 'functions', key: '0000:02:00.0', value: functionAt('0000:02:00.0') },
      { of: 'functions', key: '0000:03:00.0', value: null },
      { of: 'guests', key: 'a', value: guestNamed('mail', 'a') },
    ];
    const after = applyPatches(BEFORE, patches);
    expect(after.functions.map(({ hostAddress }) => hostAddress)).toEqual(['0000:01:00.0', '0000:02:00.0']);
    expect(after.guests.map(({ guest }) => guest)).toEqual(['db', 'mail', 'web']);
  });

  test('the latest operation comes first', () => {
    const after = applyPatches(BEFORE, [
      { of: 'operations', key: '2', value: operation('2') },
      { of: 'operations', key: '1', value: operation('1', 'waiting') },
    ]);
    expect(after.operations.map(({ id, progress }) => `${id} ${progress}`)).toEqual(['2 null', '1 waiting']);
  });

  test('what is no list by keys is replaced whole, and the state before is left as it was', () => {
    const host = { name: 'z16' } as WholeState['host'];
    expect(applyPatches(BEFORE, [{ of: 'host', value: host }]).host).toBe(host);
    expect(BEFORE.host).toBeUndefined();
  });
});
