import { describe, expect, it } from 'vitest';
import { parsePciAddress } from '../pci/notation.ts';
import { absentThere, functionAbsent } from './absent-functions.ts';
import { functionNamed } from './named-functions.ts';

describe('a function that a host does not have', () => {
  const address = functionAbsent([], parsePciAddress('0000:99:00.0'));
  const id = functionNamed([], { kind: 'fid', id: 0x99, written: 'fid=0x99' });

  it('is one of this machine where no other is named', () => {
    expect(address.message).toBe('this machine has no PCI function 0000:99:00.0');
    expect(id).toMatchObject({ message: 'this machine has no PCI function with fid=0x99' });
  });

  it('is one of the host that is named', () => {
    expect(absentThere('ssh://kvm7', address).message).toBe('ssh://kvm7 has no PCI function 0000:99:00.0');
    expect(absentThere('ssh://kvm7', { ...address, subject: 'fid=0x99' }).message).toBe('ssh://kvm7 has no PCI function with fid=0x99');
  });

  it('leaves other problems as they are', () => {
    const held = { code: 'function-held', severity: 'error', subject: '0000:99:00.0', message: 'this machine has it in a guest' } as const;
    expect(absentThere('ssh://kvm7', held)).toBe(held);
  });
});
