import { describe, expect, it } from 'vitest';
import { type FleetRole, rightsOf, roleName } from './rights.ts';

const ROLES: readonly FleetRole[] = [
  { kind: 'host', host: 'kvm1', serial: '8561-0123456' },
  { kind: 'claimer' },
  { kind: 'administrator' },
  { kind: 'reader' },
];

describe('the rights of a role', () => {
  it.each<[FleetRole, readonly string[]]>([
    [{ kind: 'reader' }, []],
    [{ kind: 'claimer' }, ['hostdev/v1/claims/', 'hostdev/v1/requests/', 'hostdev/v1/zpci/']],
    [{ kind: 'administrator' }, ['hostdev/v1/']],
    [{ kind: 'host', host: 'kvm1' }, ['hostdev/v1/hosts/kvm1/', 'hostdev/v1/alive/kvm1/', 'hostdev/v1/claims/host/kvm1/']],
    [
      { kind: 'host', host: 'kvm1', serial: '8561-0123456' },
      ['hostdev/v1/hosts/kvm1/', 'hostdev/v1/alive/kvm1/', 'hostdev/v1/claims/host/kvm1/', 'hostdev/v1/claims/cpc/8561-0123456/', 'hostdev/v1/zpci/'],
    ],
    // Below a hypervisor: of IBM Z, and its functions are its own.
    [{ kind: 'host', host: 'kvm1', serial: null }, ['hostdev/v1/hosts/kvm1/', 'hostdev/v1/alive/kvm1/', 'hostdev/v1/claims/host/kvm1/', 'hostdev/v1/zpci/']],
  ])('%o: what it writes', (role, prefixes) => {
    expect(rightsOf(role).flatMap(({ prefix, access }) => (access === 'read' ? [] : [prefix]))).toEqual(prefixes);
  });

  it('are those to read all of the fleet, whatever it is', () => {
    for (const role of ROLES) expect(rightsOf(role).some(({ prefix, access }) => prefix === 'hostdev/v1/' && access !== 'write')).toBe(true);
  });

  it('are of prefixes that end with a slash, each named once: a right that is given again replaces the first', () => {
    for (const role of ROLES) {
      const prefixes = rightsOf(role).map(({ prefix }) => prefix);
      expect(prefixes.filter((prefix) => !prefix.endsWith('/'))).toEqual([]);
      expect(new Set(prefixes).size).toBe(prefixes.length);
    }
  });

  it('have names that no other program’s roles have', () => {
    expect(ROLES.map(roleName)).toEqual(['hostdev-host-kvm1', 'hostdev-claimer', 'hostdev-administrator', 'hostdev-reader']);
  });

  it.each(['', 'a/b', 'KVM1', '..', 'kvm1/../kvm2', '\0'])('are given to no host called %j', (host) => {
    expect(() => rightsOf({ kind: 'host', host })).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(() => roleName({ kind: 'host', host })).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it.each(['', 'a/b', '8561/', '\0', '..'])('are given to no machine with the serial number %j', (serial) => {
    expect(() => rightsOf({ kind: 'host', host: 'kvm1', serial })).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
