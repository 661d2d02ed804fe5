/** What rows, notices and headings say. */
import { describe, expect, test } from 'vitest';
import type { Known } from '../../../src/web/page/connection/store.ts';
import { NOTHING_KNOWN } from '../../../src/web/page/connection/store.ts';
import { linkWords } from '../../../src/web/page/host/function-facts.ts';
import { groupWords, holdingWords, idWords, nameOf, useWords } from '../../../src/web/page/host/words.ts';
import { noticesOf, readyWords } from '../../../src/web/page/shell/notices.ts';
import { functionAt, together } from './host-samples.ts';

const HELD = { guest: 'db1', guestAddress: '0000:00:01.0', uid: '0x0021', fid: '0x00000000', live: true, config: true };

describe('a row says', () => {
  test.each([
    ['the guest that holds it, and where', functionAt('0000:01:00.0', { verdict: 'held', why: ['guest db1'] }), [HELD], '→ db1 at 00:01.0 uid 0x21'],
    [
      'every guest that has it',
      functionAt('0000:01:00.0'),
      [HELD, { ...HELD, guest: 'db2', uid: null, live: false }],
      '→ db1 at 00:01.0 uid 0x21 · → db2 at 00:01.0, only in its definition',
    ],
    [
      'what uses it, with the name that the kernel has for it',
      functionAt('0000:01:00.0', { why: ['default route'], kernelNames: ['enc3'] }),
      [],
      'enc3: default route',
    ],
    ['the name alone where nothing uses it', functionAt('0000:01:00.0', { kernelNames: ['enc3'] }), [], 'enc3'],
    ['why it cannot be given', functionAt('0000:01:00.0', { verdict: 'not assignable', why: ['bridge'], kernelNames: ['x'] }), [], 'bridge'],
    ['nothing where there is nothing to say', functionAt('0000:01:00.0'), [], ''],
  ] as const)('%s', (_, given, held, words) => {
    expect(useWords(given, held)).toBe(words);
  });

  test('what it is, by name, or by class and ids where nobody has a name for it', () => {
    expect(nameOf(functionAt('0000:01:00.0'))).toBe('X550');
    expect(nameOf(functionAt('0000:01:00.0', { deviceName: null }))).toBe('Intel Ethernet controller [8086:1563]');
  });

  test('its group with how many go together', () => {
    expect(groupWords(functionAt('0000:01:00.0', { iommuGroup: null }))).toBe('no group');
    expect(together(14, ['0000:01:00.0', '0000:01:00.1']).map(groupWords)).toEqual(['group 14 · 2', 'group 14 · 2']);
  });

  test('ids without zeros in front, zero too', () => {
    expect(idWords({ fid: '0x00000000', uid: '0x0021' })).toBe('fid 0x0 uid 0x21');
    expect(holdingWords({ ...HELD, guestAddress: null, config: false })).toBe('db1 uid 0x21, only as it runs');
  });

  test('how fast its link is, and how fast it could be', () => {
    expect(linkWords({ speed: '8.0 GT/s PCIe', width: '4', maxSpeed: '16.0 GT/s PCIe', maxWidth: '4' })).toBe('8.0 GT/s PCIe ×4 (could be 16.0 GT/s PCIe ×4)');
    expect(linkWords({ speed: '8.0 GT/s PCIe', width: '4', maxSpeed: '8.0 GT/s PCIe', maxWidth: '4' })).toBe('8.0 GT/s PCIe ×4');
  });
});

describe('what stands above every view', () => {
  const host = {
    name: 'z16',
    version: '1',
    readOnly: false,
    seesAll: true,
    readiness: [],
    libvirt: { uri: 'qemu:///system', reachable: true, problem: null, since: null },
    problems: [],
  };
  const known = (more: object, rest: object = {}, link: Known['link'] = { is: 'live' }): Known => ({
    ...NOTHING_KNOWN,
    link,
    state: { host: { ...host, ...more }, functions: [], slots: [], guests: [], persistent: [], inForce: [], operations: [], ...rest },
  });
  const problem = { code: 'journal-damaged', severity: 'error', subject: null, message: 'the journal is damaged', hint: 'recover', location: null };

  test.each<[string, Known, readonly string[]]>([
    ['nothing on a host where all is well', known({}), []],
    ['a connection that is lost', known({}, {}, { is: 'lost', since: '2026-11-26T14:02:11Z', why: 'gone', hint: null }), ['lost']],
    ['an interrupted change', known({}, { inForce: [{ state: 'interrupted', verb: 'attach', subject: 'x' }] }), ['interrupted']],
    [
      'the first thing that is missing',
      known({ readiness: [{ what: 'IOMMU', state: 'missing', found: 'off', hint: 'on', kind: 'readiness' }] }),
      ['readiness'],
    ],
    ['that not everything can be seen', known({ seesAll: false }), ['not root']],
    ['that there is no libvirt', known({ libvirt: { uri: null, reachable: false, problem: null, since: '2026-11-26T08:00:00.000Z' } }), ['libvirt']],
    ['that nothing can be changed', known({ readOnly: true }), ['read only']],
    ['what could not be read', known({ problems: [problem] }), ['journal-damaged  the journal is damaged']],
  ])('%s', (_, given, keys) => {
    expect(noticesOf(given).map(({ key }) => key)).toEqual(keys);
  });

  test('what is unknown is not said to be ready', () => {
    expect(readyWords([{ state: 'ok' }])).toBe('ready');
    expect(readyWords([{ state: 'ok' }, { state: 'unknown' }])).toBe('ready, as far as can be seen (1 unknown)');
    expect(readyWords([{ state: 'missing' }, { state: 'unknown' }])).toBe('not ready: 1 missing');
  });
});
