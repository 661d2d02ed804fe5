import { describe, expect, it } from 'vitest';
import { guestChange } from '../../src/json/items/guests.ts';

const report = { verb: 'attach', state: 'running', functions: [], unchanged: [], steps: [], notes: [], versions: null, applied: true } as const;

describe('whose guest it is', () => {
  it.each([
    ['libvirt', 'qmp:x', '11111111-2222-3333-4444-555555555555'],
    ['libvirt', 'web', '11111111-2222-3333-4444-555555555555'],
    ['qemu', 'qmp:/run/web.qmp', null],
  ])('is said to be %s for %s', (source, guest, uuid) => {
    expect(guestChange({ ...report, guest, uuid })).toMatchObject({ guest, source });
  });
});
