import { describe, expect, it } from 'vitest';
import { type Correction, reconcile, type SeenHost } from './reconcile.ts';
import type { Claim, PublishedFunction } from './records.ts';
import type { KeptClaim } from './view.ts';

const KEY = 'host/kvm1/0000:03:00.0';
const CARD = 'vendor=0x8086 device=0x10c9 serial=260:0102030405060708';
const OTHER = 'vendor=0x10de device=0x2236';

const published = (more: Partial<PublishedFunction> = {}): PublishedFunction => ({
  ...{ key: KEY, address: '0000:03:00.0', class: '0x020000', vendor: '0x8086', device: '0x10c9', fingerprint: CARD, verdict: 'free', evidence: [] },
  ...{ driver: null, iommuGroup: 1, numaNode: null, companions: [], physicalFunction: null, uid: null, fid: null, physicalNetwork: null, heldBy: [], ...more },
});
const held = (...heldBy: string[]): PublishedFunction => published({ verdict: 'held', heldBy });
const claim = (more: Partial<Claim> = {}): KeptClaim => ({
  ...{ key: `hostdev/v1/claims/${KEY}`, created: 5n, modified: 7n },
  record: {
    ...{ version: 1, request: 'r', function: KEY, host: 'kvm1', guest: 'web', state: 'claimed', mapping: null, together: [], fingerprint: CARD },
    ...{ by: 'alice', at: '2026-11-26T08:00:00Z', until: null, why: null, ...more },
  },
});
const has = (...guests: string[]): SeenHost['given'] => new Map([[KEY, new Set(guests)]]);
const NOBODY: SeenHost['given'] = new Map();
const seen = (more: Partial<SeenHost> = {}): SeenHost => ({ host: 'kvm1', functions: [published()], given: NOBODY, interrupted: new Set(), ...more });
const words = (each: Correction): string => (each.kind === 'step' ? `${each.to}${each.why === null ? '' : `: ${each.why}`}` : `foreign ${each.guest}`);

describe('a host that looks at its claims', () => {
  it.each<[string, Partial<Claim>, Partial<SeenHost>, readonly string[]]>([
    ['leaves what is claimed and nobody has', {}, {}, []],
    ['finds that the guest has it already', {}, { given: has('web') }, ['attached']],
    ['finds that a guest that runs has it, where libvirt does not answer', {}, { functions: [held('web')], given: undefined }, ['attached']],
    ['leaves what is attached', { state: 'attached' }, { given: has('web') }, []],
    ['knows a guest by its uuid', { state: 'attached', guest: '5d7c' }, { given: has('web', '5d7c') }, []],
    [
      'knows a guest by its uuid as somebody wrote it who claimed',
      { state: 'attached', guest: '5D7C0000-1111-2222-3333-44445555AAAA' },
      { functions: [held('web')], given: has('web', '5d7c0000-1111-2222-3333-44445555aaaa') },
      [],
    ],
    ['leaves what is attached while libvirt does not answer', { state: 'attached' }, { given: undefined }, []],
    ['keeps the claim of what its guest has given back past hostdev', { state: 'attached' }, {}, ['claimed']],
    ['ends an attach that was killed before its guest had it', { state: 'attaching' }, {}, ['claimed']],
    ['ends an attach that was killed behind it', { state: 'attaching' }, { given: has('web') }, ['attached']],
    ['leaves an attach that nobody can tell of', { state: 'attaching' }, { given: undefined }, []],
    ['ends a detach that was killed: the claim stays', { state: 'releasing' }, {}, ['claimed']],
    ['ends a detach that its guest did not follow', { state: 'releasing' }, { given: has('web') }, ['attached']],
    ['says that what was only found goes as it came', { state: 'attached', why: 'foreign' }, {}, ['releasing: foreign']],
    ['frees only what nobody had claimed', { state: 'releasing', why: 'foreign' }, {}, ['free']],
    ['lets what was only found go with its function', { state: 'attached', why: 'foreign' }, { functions: [] }, ['releasing: foreign']],
    ['frees what was only found and is gone', { state: 'releasing', why: 'foreign' }, { functions: [] }, ['free']],
    ['says that what was only found has another guest now', { state: 'attached', why: 'foreign' }, { functions: [held('db')] }, ['releasing: foreign']],
    ['leaves what was only found and somebody without a name has', { state: 'attached', why: 'foreign', guest: 'unknown' }, { functions: [held()] }, []],
    ['says that a function has gone', {}, { functions: [] }, ['lost: the host has no such function any more']],
    ['says so of what a guest had', { state: 'attached' }, { functions: [] }, ['lost: the host has no such function any more']],
    ['says it once', { state: 'lost', why: 'the host has no such function any more' }, { functions: [] }, []],
    [
      'says where the card is after the bus was numbered anew',
      {},
      { functions: [published({ key: 'host/kvm1/0000:04:00.0', address: '0000:04:00.0' })] },
      ['lost: the host has no such function any more; the card is 0000:04:00.0 now'],
    ],
    [
      'says that another card has its address, and where it is',
      {},
      { functions: [published({ fingerprint: OTHER }), published({ key: 'host/kvm1/0000:04:00.0', address: '0000:04:00.0' })] },
      ['lost: another card is there: vendor was 0x8086 and is 0x10de; the card is 0000:04:00.0 now'],
    ],
    [
      'does not guess which of several cards of a kind it is',
      { fingerprint: OTHER },
      { functions: [published({ key: 'k2', fingerprint: OTHER })] },
      ['lost: the host has no such function any more'],
    ],
    [
      'says that it is stuck where a change was interrupted',
      { state: 'attaching' },
      { interrupted: new Set([KEY]) },
      ['stuck: a change of it was interrupted'],
    ],
    ['finds it again', { state: 'lost', why: 'gone' }, {}, ['claimed']],
    ['finds it again with its guest', { state: 'lost', why: 'gone' }, { given: has('web') }, ['attached']],
    ['finds that what was stuck was recovered', { state: 'stuck', why: 'no' }, {}, ['claimed']],
    ['finds that what was stuck was recovered, and its guest has it', { state: 'stuck', why: 'no' }, { given: has('web') }, ['attached']],
    ['leaves what is stuck and gone to whoever looks', { state: 'stuck', why: 'no' }, { functions: [] }, []],
    ['leaves a claim of another host of its machine', { host: 'kvm2' }, { functions: [] }, []],
  ])('%s', (_, record, host, expected) => {
    expect(reconcile(seen(host), [claim(record)]).corrections.map(words)).toEqual(expected);
  });

  it.each([
    ['a guest has', held('db'), 'foreign db'],
    ['a program without name has', held(), 'foreign unknown'],
  ])('tells of a function that %s and nobody claimed', (_, each, expected) => {
    expect(reconcile(seen({ functions: [each] }), []).corrections.map(words)).toEqual([expected]);
  });

  it.each<[string, Partial<Claim>, Partial<SeenHost>, string]>([
    ['another guest has it', { state: 'attached' }, { functions: [held('db')] }, 'claim-disagrees'],
    ['it is claimed for another host of its machine', { host: 'kvm2', state: 'attached' }, { functions: [held('web')] }, 'claim-disagrees'],
    ['a change of it was interrupted', { state: 'claimed' }, { interrupted: new Set([KEY]) }, 'recovery-needed'],
  ])('changes nothing and says so where %s', (_, record, host, code) => {
    const { corrections, problems } = reconcile(seen(host), [claim(record)]);
    expect(problems.map((each) => each.code)).toContain(code);
    expect(corrections.filter((each) => each.kind === 'foreign')).toEqual([]);
  });
});
