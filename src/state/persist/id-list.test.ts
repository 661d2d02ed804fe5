import { describe, expect, it } from 'vitest';
import { matchesPciIds, parsePciIds, readIdLists } from './id-list.ts';

const DEVICE = { vendor: 0x10de, device: 0x1eb8, subsystemVendor: 0x10de, subsystemDevice: 0x12a2, pciClass: 0x030200 };

describe('the lists of ids in a line of parameters', () => {
  it.each<[string, string, string[][]]>([
    ['one', 'ro vfio-pci.ids=10de:1eb8 quiet', [['10de:1eb8']]],
    ['several ids', 'vfio_pci.ids=10de:1eb8,8086:10c9,', [['10de:1eb8', '8086:10c9']]],
    ['one in quotes', 'vfio-pci.ids="10de:1eb8, 8086:10c9" quiet', [['10de:1eb8', '8086:10c9']]],
    ['one that is in quotes as a whole', '"vfio-pci.ids=10de:1eb8, 8086:10c9" quiet', [['10de:1eb8', '8086:10c9']]],
    ['ids behind a blank', 'vfio-pci.ids=10de:1eb8, 8086:10c9, 1:2 quiet', [['10de:1eb8', '8086:10c9 (cut off)', '1:2 (cut off)']]],
    ['ids behind a blank before the comma', 'vfio-pci.ids=10de:1eb8 ,8086:10c9', [['10de:1eb8', '8086:10c9 (cut off)']]],
    ['two of them', 'vfio-pci.ids=10de:1eb8 vfio-pci.ids=8086:10c9', [['10de:1eb8'], ['8086:10c9']]],
    ['no ids', 'vfio-pci.ids= quiet', []],
    ['none', 'ids=10de:1eb8 nvfio-pci.ids=1:2', []],
  ])('have %s', (_, line, expected) => {
    const lists = readIdLists(line, /^vfio[-_]pci\.ids=/);
    expect(lists.map((ids) => ids.map(({ text, isCutOff }) => text + (isCutOff ? ' (cut off)' : '')))).toEqual(expected);
  });
});

describe('an id of vfio-pci', () => {
  it.each([
    '10de:1eb8',
    '10DE:1EB8',
    '0x10de:0x1eb8',
    'ffffffff:1eb8',
    '10de:1eb8:10de',
    '10de:1eb8:10de:12a2',
    '10de:ffffffff:ffffffff:ffffffff:030000:ff0000',
    // Without a mask the class is not compared.
    '10de:1eb8:ffffffff:ffffffff:010802',
  ])('%s is that of the function', (text) => {
    const ids = parsePciIds(text);
    expect(ids !== undefined && matchesPciIds(ids, DEVICE)).toBe(true);
  });

  it.each(['8086:1eb8', '10de:1eb9', '10de:1eb8:8086', '10de:1eb8:10de:12a3', '10de:ffffffff:ffffffff:ffffffff:010802:ffffff', '110de:1eb8'])(
    '%s is that of another one',
    (text) => {
      const ids = parsePciIds(text);
      expect(ids !== undefined && !matchesPciIds(ids, DEVICE)).toBe(true);
    },
  );

  it.each(['', '10de', '10de:', 'gpu:1eb8', '1:2:3:4:5:6:7', '123456789:1'])('%j is none', (text) => {
    expect(parsePciIds(text)).toBeUndefined();
  });
});
