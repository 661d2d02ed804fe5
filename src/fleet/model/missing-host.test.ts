import { describe, expect, it } from 'vitest';
import { inventoryKey } from './keys.ts';
import { missingHost } from './missing-host.ts';

describe('a host that is missing', () => {
  const unread = [
    { code: 'fleet-record-malformed', severity: 'error', subject: inventoryKey('kvm10'), message: 'half a record' },
    { code: 'fleet-record-newer', severity: 'error', subject: inventoryKey('kvm1'), message: 'a newer record' },
  ] as const;

  it('is told of by what is wrong with its own record', () => {
    expect(missingHost('kvm1', unread)).toMatchObject({ code: 'fleet-record-newer', message: 'a newer record' });
  });

  it('is unknown where only records of others cannot be read', () => {
    expect(missingHost('kvm2', unread)).toMatchObject({ code: 'fleet-host-unknown', subject: 'kvm2' });
  });
});
