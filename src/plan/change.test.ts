import { describe, expect, it } from 'vitest';
import { functionsOf, isAbout } from './change.ts';
import { planAttach } from './attach.ts';
import { planSwap } from './swap.ts';
import { parsePciAddress } from '../pci/notation.ts';

const GUEST = { uri: 'qemu:///system', id: '5f0c', name: 'a → b in c' };
const [OLD, NEXT] = ['0007:00:00.0', '0009:00:00.0'].map(parsePciAddress) as [ReturnType<typeof parsePciAddress>, ReturnType<typeof parsePciAddress>];
const config = `<domain><name>x</name><devices><hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0007' bus='0x00' slot='0x00' function='0x0'/></source></hostdev></devices></domain>`;
const state = { ref: { name: GUEST.name, uuid: GUEST.id, id: -1 }, state: 'shut off', live: undefined, config };

describe('the devices that a change of a guest is about', () => {
  const attach = planAttach(GUEST, { live: false, config: true }, { selector: { source: NEXT }, text: '<hostdev/>', presence: { live: 'no', config: 'no' } });
  const pooled = planAttach(
    GUEST,
    { live: false, config: true },
    { selector: { mac: '52:54:00:00:00:01', pools: ['vfs'] }, text: '<interface/>', presence: { live: 'no', config: 'no' } },
  );
  const swap = planSwap(GUEST, state, { old: OLD, next: NEXT }, undefined);

  it.each([
    ['attach', attach, ['0009:00:00.0'], '0009:00:00.0 in a → b in c'],
    ['attach from a pool', pooled, ['52:54:00:00:00:01'], '52:54:00:00:00:01 in a → b in c'],
    ['swap', swap, ['0007:00:00.0', '0009:00:00.0'], '0007:00:00.0 → 0009:00:00.0 in a → b in c'],
  ])('are facts of it, whatever its subject says: %s', (_, change, devices, subject) => {
    expect(change.subject).toBe(subject);
    expect(functionsOf({ ...change, subject: 'a sentence for people' })).toEqual(devices);
    expect(change.before['name']).toBe(GUEST.name);
  });
});

describe('a subject, as it is told', () => {
  it.each([
    ['0000:06:00.0', '0000:06:00.0', true],
    ['0000:06:00.0 in web', '0000:06:00.0', true],
    ['0000:06:00.0 → 0000:09:00.0 in web', '0000:09:00.0', true],
    // Domains have five digits and more behind some controllers.
    ['10000:06:00.0', '0000:06:00.0', false],
    ['10000:06:00.0 in web', '0000:06:00.0', false],
    ['0000:09:00.0 in 0000:06:00.0', '0000:06:00.0', false],
    ['a pool', '0000:06:00.0', false],
  ])('%s: is about %s: %s', (subject, name, expected) => {
    expect(isAbout(subject, name)).toBe(expected);
  });
});
