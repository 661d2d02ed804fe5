import { describe, expect, it } from 'vitest';
import type { State, Transition } from './transition.ts';
import { waysBack } from './way-back.ts';

const PF = '0000:02:00.0';
const VF = '0000:02:10.0';
const count = (before: string, wanted: string, gone?: string): Transition => ({
  ...{ verb: wanted === '0' ? 'vf remove' : 'vf create', subject: PF },
  ...{ before: { count: before, ...(gone === undefined ? {} : { functions: gone }) }, wanted: { count: wanted } },
});
const prepare: Transition = { verb: 'prepare', subject: VF, before: { driver: 'igbvf', override: null }, wanted: { driver: 'vfio-pci', override: 'vfio-pci' } };
const power = (before: string, wanted: string): Transition => ({
  ...{ verb: wanted === '1' ? 'slot on' : 'slot off', subject: '00000017' },
  ...{ before: { power: before, ...(before === '1' ? { functions: VF } : {}) }, wanted: { power: wanted } },
});
const attach: Transition = {
  verb: 'attach',
  subject: `${VF} in web`,
  before: { live: 'no', config: 'no', uri: 'qemu:///system', guest: 'a', devices: VF },
  wanted: { live: 'yes', config: 'no', xml: '<hostdev/>' },
};
const detach: Transition = {
  ...attach,
  verb: 'detach',
  before: { ...attach.before, live: 'yes', liveXml: '<hostdev/>' },
  wanted: { live: 'no', config: 'no' },
};

const shown = (done: readonly Transition[]): string[] =>
  waysBack(done).map(({ back: { verb, subject, wanted } }) => [verb, subject, wanted['count'] ?? wanted['driver'] ?? wanted['live'] ?? ''].join(' ').trim());

describe('the way back', () => {
  it.each<[string, readonly Transition[], readonly string[]]>([
    ['of one change is its opposite', [prepare], [`release ${VF} igbvf`]],
    ['of several is theirs, the latest first', [count('0', '2'), prepare, attach], [`detach ${VF} in web no`, `release ${VF} igbvf`, `vf remove ${PF} 0`]],
    ['leads from where the last change has left a subject to where the first one found it', [count('1', '2'), count('2', '4')], [`vf create ${PF} 1`]],
    ['is none where that is the same', [power('1', '0'), power('0', '1')], []],
    ['is none of what has gone with its function since', [prepare, count('2', '4', VF)], [`vf create ${PF} 2`]],
    ['undoes each change of a guest by itself: elements may be other ones', [detach, attach], [`detach ${VF} in web no`, `attach ${VF} in web yes`]],
    ['leaves root ports that were added', [{ verb: 'ports add', subject: 'web', before: { ports: 'not added' }, wanted: { ports: 'added' } }], []],
    [
      'of a release that nobody had to follow is still one',
      [{ ...prepare, verb: 'release', before: { driver: null, override: null }, wanted: { override: null } }],
      [`prepare ${VF}`],
    ],
  ])('%s', (_, done, ways) => expect(shown(done)).toEqual(ways));

  it('holds a subject against what the last change has left: a release leaves open which driver takes a function', () => {
    const release: Transition = { ...prepare, verb: 'release', before: prepare.wanted, wanted: { override: null, link: null } };
    const [way] = waysBack([{ ...prepare, before: { driver: 'igbvf', override: 'vfio-pci' } }, release]);
    expect(way?.left).toEqual({ override: null, link: null });
    expect(way?.back.wanted).toMatchObject({ driver: 'igbvf', override: 'vfio-pci' });
  });

  it('has every setting that one of several changes has made', () => {
    const set = (before: State, wanted: State): Transition => ({ verb: 'vf set', subject: VF, before, wanted });
    const [way] = waysBack([set({ vlan: '0', trust: 'off' }, { vlan: '5', trust: 'on' }), set({ vlan: '5', rate: '0' }, { vlan: '6', rate: '9' })]);
    expect([way?.left, way?.back.wanted]).toEqual([
      { vlan: '6', trust: 'on', rate: '9' },
      { vlan: '0', trust: 'off', rate: '0' },
    ]);
  });

  it('names no functions as gone that came with what is undone', () => {
    const [way] = waysBack([count('2', '0', VF)]);
    expect(way?.back.wanted).toEqual({ count: '2' });
    expect(way?.back.before).toEqual({ count: '0' });
  });
});
