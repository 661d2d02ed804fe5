import { expect, it } from 'vitest';
import { parsePciAddress } from '../pci/notation.ts';
import type { GuestState } from '../state/guest-state.ts';
import { planDetach } from './detach.ts';

const XML = `<domain type='kvm'><name>web</name><devices><hostdev mode='subsystem' type='pci'><source><address domain='0x0007' bus='0x00' slot='0x00' function='0x0'/></source></hostdev></devices></domain>`;
const GUEST: GuestState = { ref: { name: 'web', uuid: 'u', id: 1 }, state: 'running', live: XML, config: XML };

it('taking a function from a guest that does not have it says what it has instead', () => {
  const plan = (): unknown => planDetach({ uri: 'u', id: 'u', name: 'web' }, GUEST, { live: true, config: true }, { source: parsePciAddress('0009:00:00.0') });
  expect(plan).toThrow(expect.objectContaining({ code: 'hostdev-absent', hint: 'it has 0007:00:00.0' }) as Error);
});
