import { describe, expect, it } from 'vitest';
import { stateWords } from './state-words.ts';
import {
  GUEST_VERBS,
  HOST_VERBS,
  isGuestVerb,
  isHostVerb,
  isLasting,
  POOL_VERBS,
  reverse,
  sameState,
  type State,
  topicOf,
  type Transition,
  type Verb,
} from './transition.ts';

const ALL: readonly Verb[] = [...HOST_VERBS, ...GUEST_VERBS, ...POOL_VERBS];

describe('a verb', () => {
  it('is one of the host, of a guest, or of a pool', () => {
    expect(ALL.filter(isHostVerb)).toEqual([...HOST_VERBS]);
    expect(ALL.filter(isGuestVerb)).toEqual([...GUEST_VERBS]);
  });

  it('lasts across the boot where files and libvirt keep what it does', () => {
    expect(ALL.filter(isLasting)).toEqual(['persist', 'unpersist', 'attach', 'detach', 'swap', 'ports add', 'pool create', 'pool remove']);
  });
});

describe('a transition', () => {
  const of = (verb: Verb, before: State = {}, wanted: State = {}): Transition => ({ verb, subject: 's', before, wanted });

  it.each<[Verb, string]>([
    ['prepare', 'driver s'],
    ['release', 'driver s'],
    ['vf create', 'vfs s'],
    ['vf remove', 'vfs s'],
    ['vf set', 'settings s'],
    ['slot on', 'slot s'],
    ['slot off', 'slot s'],
    ['slot reset', 'slot s'],
    ['persist', 'rule s'],
    ['unpersist', 'rule s'],
    ['attach', 'guest s qemu:///system u'],
    ['detach', 'guest s qemu:///system u'],
    ['swap', 'guest s qemu:///system u'],
    ['ports add', 'ports s qemu:///system u'],
    ['pool create', 'pool s qemu:///system u'],
    ['pool remove', 'pool s qemu:///system u'],
  ])('%s changes the facts of %j', (verb, topic) => {
    expect(topicOf(of(verb, { uri: 'qemu:///system', guest: 'u' }))).toBe(topic);
  });

  it('of a pool has no guest, and of a file no libvirt', () => {
    expect(topicOf(of('pool create', { uri: 'qemu:///system' }))).toBe('pool s qemu:///system ');
    expect(topicOf(of('attach'))).toBe('guest s  ');
  });

  it.each<[Verb, State, Verb]>([
    ['prepare', {}, 'release'],
    ['release', {}, 'prepare'],
    ['vf create', { count: '0' }, 'vf remove'],
    ['vf create', { count: '2' }, 'vf create'],
    ['vf remove', { count: '2' }, 'vf create'],
    ['vf set', {}, 'vf set'],
    ['slot on', {}, 'slot off'],
    ['slot off', {}, 'slot on'],
    ['slot reset', {}, 'slot reset'],
    ['persist', { rule: null }, 'unpersist'],
    ['persist', {}, 'unpersist'],
    ['persist', { rule: 'x' }, 'persist'],
    ['unpersist', { rule: 'x' }, 'persist'],
    ['unpersist', { rule: null }, 'unpersist'],
    ['attach', {}, 'detach'],
    ['detach', {}, 'attach'],
    ['swap', {}, 'swap'],
    ['ports add', {}, 'ports add'],
    ['pool create', {}, 'pool remove'],
    ['pool remove', {}, 'pool create'],
  ])('%s from %j is taken back by %s', (verb, before, back) => {
    expect(reverse(of(verb, before)).verb).toBe(back);
  });

  it('goes back with all that is known in either direction', () => {
    const there = of('attach', { live: 'no', uri: 'u' }, { live: 'yes', xml: '<x/>' });
    expect(reverse(there)).toEqual({
      ...{ verb: 'detach', subject: 's' },
      before: { live: 'yes', uri: 'u', xml: '<x/>' },
      wanted: { live: 'no', uri: 'u', xml: '<x/>' },
    });
    expect(sameState(reverse(reverse(there)).wanted, reverse(there).before)).toBe(true);
  });

  it.each<[State, State, boolean]>([
    [{}, { a: '1' }, true],
    [{ a: '1' }, { a: '1', b: '2' }, true],
    [{ a: '1' }, { a: '2' }, false],
    [{ a: '1' }, {}, false],
    [{ a: null }, {}, true],
    [{ a: null }, { a: '1' }, false],
    [{ a: '1', b: '2' }, { a: '1', b: '3' }, false],
  ])('%j is so in %j: %s', (now, other, same) => {
    expect(sameState(now, other)).toBe(same);
  });
});

describe('a state in words', () => {
  it.each<[Verb, State | undefined, string]>([
    ['prepare', undefined, 'gone'],
    ['attach', undefined, 'gone'],
    ['prepare', { driver: 'nvme' }, 'nvme'],
    ['release', { driver: null }, 'no driver'],
    ['vf create', { count: '4' }, '4 VFs'],
    ['vf remove', { count: '0' }, '0 VFs'],
    ['vf create', { count: '1' }, '1 VF'],
    ['vf create', {}, '? VFs'],
    ['slot on', { power: '1' }, 'configured'],
    ['slot off', { power: '0' }, 'on standby'],
    ['attach', { live: 'yes', config: 'yes' }, 'attached'],
    ['attach', { live: 'yes', config: 'no' }, 'attached until it ends'],
    ['attach', { live: 'in part', config: 'yes' }, 'attached in part'],
    ['detach', { live: 'no', config: 'yes' }, 'in the definition'],
    ['detach', { live: null, config: 'no' }, 'not attached'],
    ['swap', { live: 'a', config: 'a' }, 'a'],
    ['swap', { live: 'a', config: 'b' }, 'a and b'],
    ['swap', { live: 'a b', config: 'b' }, 'a and b'],
    ['swap', { live: null, config: 'a' }, 'a'],
    ['swap', { config: 'a' }, 'a'],
    ['swap', { live: 'none', config: 'a' }, 'a'],
    ['swap', { live: 'none', config: 'none' }, 'not attached'],
    ['swap', {}, 'not attached'],
    ['ports add', { count: '1' }, '1 port'],
    ['ports add', { count: '3' }, '3 ports'],
    ['ports add', {}, '? ports'],
    ['pool create', { pool: 'active' }, 'a pool'],
    ['pool create', { pool: 'defined' }, 'a pool that is not active'],
    ['pool create', { pool: 'foreign' }, "somebody else's network"],
    ['pool remove', { pool: 'absent' }, 'no pool'],
    ['pool remove', {}, 'no pool'],
    ['persist', { rule: 'x' }, 'a rule'],
    ['unpersist', { rule: null }, 'no rule'],
    ['vf set', { vlan: '7', trust: null }, 'vlan 7 trust -'],
  ])('%s %j: %s', (verb, state, words) => {
    expect(stateWords(verb, state)).toBe(words);
  });
});
