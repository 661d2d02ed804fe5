import { describe, expect, it } from 'vitest';
import { HostdevError } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import { formatCompanion } from './companions.ts';
import { isFunctionList, judgedRow, parseFunctionList } from './function-list.ts';
import { formatEvidence } from './verdict.ts';

describe('a list of functions', () => {
  it.each([
    ['as it is printed', '{ "formatVersion": 1, "command": "list", "items": [] }', true],
    ['with sorted names, as jq -S writes them', '{"changed":false,"command":"list","items":[]}', true],
    ['of 0.1.0', '[]', true],
    ['is not what another command printed', '{"formatVersion":1,"command":"show","items":[]}', false],
    ['is not a snapshot that has such words in it', '{"format":"hostdev-snapshot","files":{"x":{"command":"list"}}}', false],
    ['is nothing that is cut off', '{"command":"list"', false],
  ])('%s', (_, text, is) => {
    expect(isFunctionList(text)).toBe(is);
  });
});

const ROW = {
  hostAddress: '0000:01:00.0',
  class: '0x0200',
  driver: 'igb',
  iommuGroup: 7,
  pcie: true,
  verdict: 'in use',
  evidence: ['eth0 → default route'],
  companions: [{ hostAddress: '0000:01:00.1', className: 'audio device', driver: 'snd_hda_intel', mustGo: true, uses: ['open by pipewire (pid 7)'] }],
  physicalFunction: '0000:01:00.4',
};
const list = (...items: unknown[]): string => JSON.stringify({ formatVersion: 1, command: 'list', items });

describe('a row of a list', () => {
  it('is read with all that it says', () => {
    const [row, ...others] = parseFunctionList(list(ROW), 'list.json');
    expect(others).toEqual([]);
    const { address, companions, physicalFunction, ...rest } = row ?? {};
    expect([address, physicalFunction].map((each) => each && formatPciAddress(each))).toEqual(['0000:01:00.0', '0000:01:00.4']);
    expect(rest).toEqual({ pcie: true, verdict: 'in use', evidence: ['eth0 → default route'], pciClass: 0x020000, iommuGroup: 7, driver: 'igb' });
    expect(companions?.map(formatCompanion)).toEqual(['0000:01:00.1 (audio device, snd_hda_intel)']);
    expect(companions).toMatchObject([{ mustGo: true, isBridge: false, uses: [{ kind: 'group', chain: ['open by pipewire (pid 7)'] }] }]);
  });

  it('of 0.1.0 has other names, and no envelope', () => {
    const { hostAddress, companions: _, ...old } = ROW;
    const companion = { address: '0000:01:00.1', class: 'audio device', driver: null, mustGo: false, uses: [] };
    const [row, bare] = parseFunctionList(JSON.stringify([{ ...old, address: hostAddress, companions: [companion] }, { address: '0000:02:00.0' }]), 'l');
    expect(row).toMatchObject({ verdict: 'in use', companions: [{ className: 'audio device', driver: undefined, mustGo: false, uses: [] }] });
    expect(bare).toEqual({
      address: { domain: 0, bus: 2, slot: 0, function: 0 },
      ...{ pcie: null, verdict: null, evidence: [], companions: null, pciClass: 0, iommuGroup: null, driver: null, physicalFunction: null },
    });
  });

  const HINT = 'make it on the other host: hostdev snapshot > host.json';
  it.each<[string, string]>([
    [list(7), 'entry 1: not an object'],
    [list(ROW, null), 'entry 2: not an object'],
    [list({}), 'entry 1: it has no address and pcie'],
    [list({ ...ROW, pcie: 'yes' }), 'entry 1: it has no address and pcie'],
    [list({ ...ROW, hostAddress: 7 }), 'entry 1: hostAddress is no text'],
    [list({ hostAddress: null, address: 7 }), 'entry 1: address is no text'],
    [list({ ...ROW, verdict: 7 }), 'entry 1: verdict is no text'],
    [list({ ...ROW, driver: 7 }), 'entry 1: driver is no text'],
    [list({ ...ROW, class: 7 }), 'entry 1: class is no text'],
    [list({ ...ROW, physicalFunction: 7 }), 'entry 1: physicalFunction is no text'],
    [list({ ...ROW, evidence: 'x' }), 'entry 1: evidence is no list of texts'],
    [list({ ...ROW, evidence: ['x', 7] }), 'entry 1: evidence is no list of texts'],
    [list({ ...ROW, iommuGroup: 1.5 }), 'entry 1: iommuGroup is no number'],
    [list({ ...ROW, companions: {} }), 'entry 1: companions is no list'],
    ...[{ hostAddress: 7 }, { className: 7 }, { mustGo: 'yes' }, { uses: 'x' }, { uses: [7] }].map((wrong): [string, string] => [
      list({ ...ROW, companions: [{ ...ROW.companions[0], ...wrong }] }),
      'entry 1: a companion is not what it should be',
    ]),
    [list({ ...ROW, companions: [null] }), 'entry 1: a companion is not what it should be'],
    ['null', 'not a list of functions'],
    ['{"command":"show","items":[]}', 'not a list of functions'],
    ['{"command":"list","items":{}}', 'not a list of functions'],
  ])('%s is refused', (text, message) => {
    expect(() => parseFunctionList(text, 'list.json')).toThrow(
      expect.objectContaining({ code: 'host-malformed', subject: 'list.json', message: `list.json: ${message}`, hint: HINT }) as Error,
    );
  });

  it('is refused with the fault of its address, or of the text', () => {
    const messageOf = (text: string): string => {
      try {
        parseFunctionList(text, 'l');
      } catch (error) {
        if (error instanceof HostdevError) return error.message;
      }
      return '';
    };
    expect(messageOf(list({ ...ROW, hostAddress: 'x' }))).toMatch(/^l: entry 1: .*'x'/);
    expect(messageOf('[')).toMatch(/^l: not JSON: ./);
  });
});

describe('a row as a judgment', () => {
  const judged = (row: object, ...others: object[]) => {
    const [first, ...rest] = parseFunctionList(JSON.stringify([row, ...others]), 'l');
    if (first === undefined) throw new Error('no row');
    const { device, verdict, evidence, companions } = judgedRow(first, [first, ...rest]);
    return { group: device.iommuGroup, verdict, evidence: evidence.map(formatEvidence), companions: companions.map(formatCompanion), all: companions };
  };

  it('says what the list says', () => {
    expect(judged(ROW)).toMatchObject({
      ...{ group: 7, verdict: 'in use', evidence: ['eth0 → default route'], companions: ['0000:01:00.1 (audio device, snd_hda_intel)'] },
    });
  });

  it.each([[undefined], ['melted']])('with the verdict %j is unknown', (verdict) => {
    expect(judged({ ...ROW, verdict })).toMatchObject({ verdict: 'unknown', evidence: ['the list does not say what uses it'] });
  });

  it('without companions has those of its group that are no ports, and what must go with it', () => {
    const { companions: _, ...row } = ROW;
    const mate = (fn: number, more: object): object => ({ hostAddress: `0000:01:00.${fn}`, iommuGroup: 7, ...more });
    const result = judged(
      row,
      mate(1, { class: '0x0403', driver: 'snd_hda_intel' }),
      mate(2, { class: '0x0c03', driver: 'vfio-pci' }),
      mate(3, { class: '0x0604', driver: 'pcieport' }),
      mate(4, { class: '0x0601', driver: 'lpc_ich' }),
      mate(5, {}),
      mate(6, { class: '0x0200', driver: 'igb', iommuGroup: 8 }),
    );
    expect(result.companions).toEqual([
      '0000:01:00.1 (audio device, snd_hda_intel)',
      '0000:01:00.2 (USB controller, vfio-pci)',
      '0000:01:00.4 (ISA bridge, lpc_ich)',
      '0000:01:00.5 (a function, no driver)',
    ]);
    expect(result.all.map(({ mustGo, isBridge, uses }) => [mustGo, isBridge, uses])).toEqual([
      [true, false, []],
      [false, false, []],
      [true, true, []],
      [false, false, []],
    ]);
  });

  it('without a group has no companions, whoever else has none', () => {
    const { companions: _, iommuGroup: __, ...row } = ROW;
    expect(judged(row, { hostAddress: '0000:02:00.0', driver: 'igb' })).toMatchObject({ group: undefined, companions: [] });
  });
});
