import { describe, expect, it } from 'vitest';
import type { GuestDetails } from '../../../src/web/page/connection/api.ts';
import { compareParts } from '../../../src/web/page/guests/compare.ts';

const device = (guestAddress: string, name = 'virtio', hostAddress: string | null = null): object => ({
  ...{ kind: hostAddress === null ? 'interface' : 'hostdev', name, hostAddress, guestAddress },
  ...{ uid: null, fid: null, guestName: null, bus: null },
});
const part = (...slots: object[]): object => ({ tree: { roots: [{ slots }] } });
const rows = (live: object | null, config: object | null): string[] =>
  compareParts({ live, config } as unknown as Pick<GuestDetails, 'live' | 'config'>).map(
    ({ live: now, config: later, differs }) => `${now?.guestAddress ?? '-'} ${later?.guestAddress ?? '-'}${differs ? ' differs' : ''}`,
  );

describe('what runs beside what is defined', () => {
  it('has every device once, also where several are of one kind and model', () => {
    expect(rows(part(device('01:00.0'), device('02:00.0')), part(device('01:00.0'), device('02:00.0')))).toEqual(['01:00.0 01:00.0', '02:00.0 02:00.0']);
  });

  it('takes those at the same place for the same, whichever comes or goes beside them', () => {
    expect(rows(part(device('02:00.0')), part(device('01:00.0'), device('02:00.0')))).toEqual(['- 01:00.0 differs', '02:00.0 02:00.0']);
    expect(rows(part(device('01:00.0'), device('02:00.0')), part(device('02:00.0')))).toEqual(['01:00.0 - differs', '02:00.0 02:00.0']);
  });

  it('knows a function of the host wherever it is', () => {
    expect(rows(part(device('03:00.0', 'x', '0000:06:00.0')), part(device('04:00.0', 'x', '0000:06:00.0')))).toEqual(['03:00.0 04:00.0 differs']);
  });

  it('has nothing that differs where only one of both is there', () => {
    expect(rows(null, part(device('01:00.0')))).toEqual(['- 01:00.0']);
  });
});
