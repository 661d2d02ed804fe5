/** A transaction of two keys, of which never one is to be there without the other. */
import type { Transaction } from '../../../src/fleet/store/store.ts';

const value = new TextEncoder().encode('request 1');

export const PAIR: Transaction = {
  compares: [
    { kind: 'absent', key: 'pair/a' },
    { kind: 'absent', key: 'pair/b' },
  ],
  operations: [
    { kind: 'put', key: 'pair/a', value },
    { kind: 'put', key: 'pair/b', value },
  ],
};
