import { describe, expect, it } from 'vitest';
import { claimOf, keptHost, mappingOf, publishedOf, virtualOf } from '../../../test/fleet/fleet-records.ts';
import { checkMapping } from './mapping-check.ts';
import { formatMatch, matches, parseMatch } from './mapping-match.ts';
import type { MappingMatch, PublishedFunction } from './records.ts';

describe('a match', () => {
  it.each<[string, MappingMatch]>([
    ['10de:2236', { ids: '10de:2236' }],
    ['ids=10DE:2236', { ids: '10de:2236' }],
    ['10de:*', { ids: '10de:*' }],
    ['  10de:2236   host=kvm1 numa=0 ', { ids: '10de:2236', host: 'kvm1', numaNode: 0 }],
    ['class=gpu', { class: 'gpu' }],
    ['class=0x0302', { class: '0302' }],
    ['subsystem=10de:1482', { subsystem: '10de:1482' }],
    ['pf=0000:3b:00.0 network=physnet1', { physicalFunction: '0000:3b:00.0', physicalNetwork: 'physnet1' }],
    ['pf=host/kvm1/0000:3b:00.0', { physicalFunction: 'host/kvm1/0000:3b:00.0' }],
    ['serial=260:0102030405060708 vendor=0x10de', { fingerprint: 'serial=260:0102030405060708 vendor=0x10de' }],
  ])('%j is read, and written as it is read', (text, match) => {
    expect(parseMatch(text)).toEqual(match);
    expect(parseMatch(formatMatch(match))).toEqual(match);
  });

  it.each([
    ['', 'says nothing'],
    ['10de', 'ids of vendor and device'],
    ['10de:22g6', 'ids of vendor and device'],
    ['*:2236', 'ids of vendor and device'],
    ['10de:2236 10de:2237', '"ids" is there twice'],
    ['host=kvm1 host=kvm2', '"host" is there twice'],
    ['mac=52:54:00:00:00:01 mac=52:54:00:00:00:02', 'is there twice'],
    ['colour=red', '"colour" is nothing'],
    ['constructor=x', '"constructor" is nothing'],
    ['class=', 'has no value'],
    ['10de:2236 serial=', '"serial" has no value'],
    ['class=spaceship', '"spaceship" is no class'],
    ['class=030', '"030" is no class'],
    ['numa=-1', 'no number of a NUMA node'],
    ['pf=3b:00.0', 'no physical function'],
    ['pf=host/kvm1/0000:3b:00.0/vf/1', 'no physical function'],
    [`network=${'x'.repeat(300)}`, 'more than 256 characters'],
  ])('%j is refused: %s', (text, why) => {
    expect(() => parseMatch(text)).toThrow(expect.objectContaining({ code: 'mapping-malformed', message: expect.stringContaining(why) as unknown }));
  });

  const gpu = publishedOf(0, { numaNode: 1 });
  const vf = virtualOf(0, 3, { class: '0x020000', physicalNetwork: 'physnet1' });
  it.each<[string, PublishedFunction, boolean]>([
    ['10de:2236', gpu, true],
    ['10de:*', gpu, true],
    ['10df:*', gpu, false],
    ['10de:2237', gpu, false],
    ['subsystem=10de:1482', gpu, true],
    ['subsystem=10de:1483', gpu, false],
    ['class=gpu', gpu, true],
    ['class=03', gpu, true],
    ['class=0302', gpu, true],
    ['class=030200', gpu, true],
    ['class=0300', gpu, false],
    ['class=nic', gpu, false],
    ['class=nic', vf, true],
    ['host=kvm1', gpu, true],
    ['host=kvm2', gpu, false],
    ['numa=1', gpu, true],
    ['numa=0', gpu, false],
    ['numa=0', publishedOf(0, { numaNode: null }), false],
    ['pf=0000:3b:00.0', vf, true],
    ['pf=host/kvm1/0000:3b:00.0', vf, true],
    ['pf=host/kvm2/0000:3b:00.0', vf, false],
    ['pf=0000:3b:00.0', gpu, false],
    ['network=physnet1', vf, true],
    ['network=physnet', vf, false],
    ['vendor=0x10de place=0000:3b:00.0', gpu, true],
    ['vendor=0x10de serial=260:0102030405060708', gpu, false],
    ['10de:2236 numa=0', gpu, false],
  ])('%j is had by %o: %s', (text, published, has) => {
    expect(matches(parseMatch(text), 'kvm1', published)).toBe(has);
  });

  it('of which nothing is known here is had by nothing: a newer hostdev knows what it means', () => {
    expect([{}, { ids: '10de:2236', firmware: '1.2' } as MappingMatch].map((match) => matches(match, 'kvm1', gpu))).toEqual([false, false]);
  });
});

describe('a mapping in a fleet', () => {
  const check = (match: readonly string[], functions: readonly PublishedFunction[], claims: Parameters<typeof claimOf>[0][] = []) => {
    const found = checkMapping(mappingOf(match.map(parseMatch)).record, {
      hosts: [keptHost(functions)],
      claims: claims.map((each) => claimOf(each)),
      problems: [],
    });
    return {
      functions: found.functions.map(({ candidate, problem }) => [candidate.asked.key, problem?.code]),
      problems: found.problems.map(({ message }) => message),
    };
  };

  it('tells what matches, and what of it is free', () => {
    const [free, claimed, held] = [publishedOf(0), publishedOf(1), publishedOf(2, { verdict: 'held', heldBy: ['db'] })];
    expect(check(['10de:2236'], [free, claimed, held], [claimed])).toEqual({
      functions: [
        [free.key, undefined],
        [claimed.key, 'claim-held'],
        [held.key, 'claim-impossible'],
      ],
      problems: ['kvm1 0000:3b:02.0 cannot be claimed: its host says held'],
    });
  });

  it.each([
    ['says what matches nothing', ['10de:2236', '8086:*'], [publishedOf(0)], '"8086:*" matches no function of the fleet'],
    ['says what another match has already', ['10de:*', '10de:2236'], [], '"10de:2236" matches no'],
    ['says what is there twice', ['10de:2236 numa=0', '10de:2236'], [publishedOf(0)], '"10de:2236 numa=0" matches only what another match has already'],
    [
      'says that a guest would see other ids',
      ['10de:*'],
      [publishedOf(0), publishedOf(1, { device: '0x2237' })],
      'functions of different kinds match: 10de:2236 (kvm1 0000:3b:00.0), 10de:2237 (kvm1 0000:3b:01.0)',
    ],
    [
      'says which go only with their group',
      ['10de:2236'],
      [publishedOf(0, { companions: ['host/kvm1/0000:3b:01.0'] }), publishedOf(1, { vendor: '0x8086' })],
      'it goes only with the rest of its IOMMU group: kvm1 0000:3b:01.0',
    ],
  ])('%s', (_, match, functions, words) => {
    expect(check(match, functions).problems).toContainEqual(expect.stringContaining(words));
  });

  it('says once of two that are the same that one of them is too many', () => {
    expect(check(['10de:2236', '10de:2236'], [publishedOf(0)]).problems).toHaveLength(1);
  });
});
