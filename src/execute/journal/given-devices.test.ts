import { describe, expect, it } from 'vitest';
import { reverse, type State, type Transition } from '../../plan/transition.ts';
import { givenDevices } from './given-devices.ts';
import type { EndRecord, JournalRecord } from './record.ts';

const A = '0007:00:00.0';
const B = '0008:00:00.0';
const GUEST = { uri: 'qemu:///system', guest: 'a-uuid', name: 'web' };

const change = (verb: 'attach' | 'detach', from: string, to: string, device = A): Transition => ({
  verb,
  subject: `${device} in web`,
  before: { ...parts(from), ...GUEST, devices: device, ...(verb === 'detach' ? { liveXml: '<hostdev/>', configXml: '<hostdev/>' } : {}) },
  wanted: { ...parts(to), ...(verb === 'attach' ? { xml: '<hostdev/>' } : {}) },
});
/** `live config`, `live`, `config`, or nothing. */
const parts = (words: string): State => ({ live: words.includes('live') ? 'yes' : 'no', config: words.includes('config') ? 'yes' : 'no' });
const swap = (from: string, to: string): Transition => ({
  verb: 'swap',
  subject: `${from} → ${to} in web`,
  before: { live: 'none', config: from, ...GUEST, devices: `${from} ${to}` },
  wanted: { live: 'none', config: to },
});
const journal = (changes: readonly (Transition | readonly [Transition, EndRecord['kind'] | undefined])[]): JournalRecord[] =>
  changes.flatMap((each, at): JournalRecord[] => {
    const [done, kind] = 'verb' in each ? [each, 'done' as const] : each;
    const time = '2026-01-01T00:00:00.000Z';
    const begin = { kind: 'begin', id: `${at}`, time, boot: 'now', by: 'anna', ...done } as const;
    return kind === undefined ? [begin] : [begin, { kind, id: `${at}`, time, after: {} }];
  });

describe('what hostdev has given to a guest', () => {
  it.each<[string, Parameters<typeof journal>[0], string[]]>([
    ['nothing', [], []],
    ['a device in both parts', [change('attach', '', 'live config')], [`${A} live config`]],
    ['one in the definition, which runs from the next start on', [change('attach', '', 'config')], [`${A} live config`]],
    ['one in what runs, where the definition had it before', [change('attach', 'config', 'live config')], [`${A} live`]],
    ['one in the definition, where what runs had it before', [change('attach', 'live', 'live config')], [`${A} config`]],
    ['one in one part and then in the other', [change('attach', '', 'config'), change('attach', 'config', 'live config')], [`${A} live config`]],
    ['none that it has taken again', [change('attach', '', 'live config'), change('detach', 'live config', '')], []],
    ['one that comes back at the next start', [change('attach', '', 'live config'), change('detach', 'live config', 'config')], [`${A} live config`]],
    ['one that only runs still', [change('attach', '', 'live config'), change('detach', 'live config', 'live')], [`${A} live`]],
    ['none that it took from a guest and put back', [change('detach', 'live config', ''), reverse(change('detach', 'live config', ''))], []],
    [
      'one of its own that it took and put back',
      [change('attach', '', 'config'), change('detach', 'config', ''), reverse(change('detach', 'config', ''))],
      [`${A} live config`],
    ],
    ['none whose giving was undone', [change('attach', '', 'config'), reverse(change('attach', '', 'config'))], []],
    ['another one in the place of its own', [change('attach', '', 'config'), swap(A, B)], [`${B} live config`]],
    ['its own again, where that was undone', [change('attach', '', 'config'), swap(A, B), reverse(swap(A, B))], [`${A} live config`]],
    ['none in the place of somebody else’s', [swap(A, B)], []],
    ['none that it began to give', [[change('attach', '', 'config'), undefined]], []],
    ['none of which it is not known how that ended', [[change('attach', '', 'config'), 'lost']], []],
  ])('is %s', (_, changes, given) => {
    const words = givenDevices(journal(changes)).map(({ device, live, config }) =>
      [device, ...(live ? ['live'] : []), ...(config ? ['config'] : [])].join(' '),
    );
    expect(words).toEqual(given);
  });
});
