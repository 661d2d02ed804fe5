/** Which rows the host has, in which order, below what. */
import { describe, expect, test } from 'vitest';
import type { WholeState } from '../../../src/server/api/state.ts';
import { filterTree } from '../../../src/web/page/host/filter.ts';
import { holdersOf } from '../../../src/web/page/host/holders.ts';
import { hostTree } from '../../../src/web/page/host/host-tree.ts';
import type { HostNode } from '../../../src/web/page/host/node.ts';
import { visibleRows } from '../../../src/web/page/host/rows.ts';
import type { Layout } from '../../../src/web/page/place/place.ts';
import { functionAt, guestWith, slotOf, together } from './host-samples.ts';

const NOTHING = { search: '', verdict: null, classWord: null, guest: null } as const;

function label(node: HostNode): string {
  switch (node.kind) {
    case 'function':
      return [...node.behind, node.function.hostAddress].join(' › ');
    case 'slot':
      return `standby ${node.slot.fid}`;
    case 'channel':
      return `PCHID ${node.pchid ?? 'unknown'} ${node.words}`;
    case 'port':
      return `port ${node.port}`;
    case 'group':
      return `group ${node.iommuGroup} ${node.words}`;
    case 'virtual functions':
      return node.words;
  }
}

type Parts = Partial<Pick<WholeState, 'functions' | 'slots'>>;

/** Rows as an indented text. */
function shown({ functions = [], slots = [] }: Parts, layout: Layout = 'tree', toggled: readonly string[] = []): string[] {
  return visibleRows(hostTree({ functions, slots }, layout), new Set(toggled)).map(({ node, level }) => `${'  '.repeat(level - 1)}${label(node)}`);
}

const PF = functionAt('0000:04:00.0', { verdict: 'in use' });
const VFS = ['0000:04:10.0', '0000:04:10.1', '0000:04:10.2'].map((address, at) =>
  functionAt(address, { physicalFunction: PF.hostAddress, behind: PF.behind, verdict: at === 0 ? 'held' : 'free' }),
);

describe('the tree of bridges', () => {
  test.each<[string, Parts, string[]]>([
    [
      'functions behind a bridge are below it',
      {
        functions: [functionAt('0000:00:01.0'), functionAt('0000:01:00.0', { behind: '0000:00:01.0' }), functionAt('0000:01:00.1', { behind: '0000:00:01.0' })],
      },
      ['0000:00:01.0', '  0000:01:00.0', '  0000:01:00.1'],
    ],
    [
      'a bridge with one child is in the row of the child, however many there are above each other',
      {
        functions: [functionAt('0000:00:1c.0'), functionAt('0000:02:00.0', { behind: '0000:00:1c.0' }), functionAt('0000:03:00.0', { behind: '0000:02:00.0' })],
      },
      ['0000:00:1c.0 › 0000:02:00.0 › 0000:03:00.0'],
    ],
    [
      'what is behind a bridge that was not read is shown all the same',
      { functions: [functionAt('0000:09:00.0', { behind: '0000:00:1d.0' })] },
      ['0000:09:00.0'],
    ],
    ['virtual functions are one row, folded', { functions: [PF, ...VFS] }, ['0000:04:00.0', '  3 VFs: 2 free, 1 held']],
    ['a virtual function without its physical one stands alone', { functions: VFS.slice(0, 1) }, ['0000:04:10.0']],
    ['a host without functions has no rows', {}, []],
  ])('%s', (_, parts, rows) => {
    expect(shown(parts)).toEqual(rows);
  });

  test('virtual functions are unfolded one card at a time', () => {
    expect(shown({ functions: [PF, ...VFS] }, 'tree', ['vfs 0000:04:00.0'])).toEqual([
      ...['0000:04:00.0', '  3 VFs: 2 free, 1 held', '    0000:04:10.0', '    0000:04:10.1', '    0000:04:10.2'],
    ]);
  });
});

describe('IBM Z', () => {
  const on = (address: string, fid: string, pchid: string, port: number): ReturnType<typeof functionAt> =>
    functionAt(address, { fid, pchid, port, deviceName: 'RoCE' });

  test('goes by PCHID, then port, then function id; slots on standby are in their place', () => {
    const functions = [
      on('0003:00:00.0', '0x00000013', '0x0128', 1),
      on('0002:00:00.0', '0x00000012', '0x0128', 0),
      on('0007:00:00.0', '0x00000017', '0x01c0', 0),
    ];
    const slots = [
      slotOf('0x00000012'),
      slotOf('0x00000018', { pchid: '0x01c0', port: 0 }),
      slotOf('0x00000016', { pchid: '0x01c0', port: 0, functionType: 'NVMe' }),
    ];
    expect(shown({ functions, slots })).toEqual([
      ...['PCHID 0x0128 RoCE', '  port 0', '    0002:00:00.0', '  port 1', '    0003:00:00.0'],
      ...['PCHID 0x01c0 NVMe, RoCE · port 0', '  standby 0x00000016', '  0007:00:00.0', '  standby 0x00000018'],
    ]);
  });

  test('a slot whose PCHID nobody knows comes last', () => {
    const functions = [on('0002:00:00.0', '0x00000012', '0x0128', 0)];
    expect(shown({ functions, slots: [slotOf('0x00000005')] })).toEqual([
      'PCHID 0x0128 RoCE · port 0',
      '  0002:00:00.0',
      'PCHID unknown ',
      '  standby 0x00000005',
    ]);
  });

  test('a slot that has its function is no second row, in any layout', () => {
    const parts = { functions: [on('0002:00:00.0', '0x00000012', '0x0128', 0)], slots: [slotOf('0x00000012', { state: 'configured' })] };
    for (const layout of ['tree', 'groups', 'table'] as const) expect(shown(parts, layout).filter((row) => row.includes('standby'))).toEqual([]);
  });
});

describe('IOMMU groups', () => {
  test('a group of several is a heading with its count; a function alone in its group is none', () => {
    const functions = [...together(14, ['0000:01:00.0', '0000:01:00.1']), functionAt('0000:02:00.0', { iommuGroup: 3 })];
    expect(shown({ functions }, 'groups')).toEqual(['0000:02:00.0', 'group 14 2 functions: 2 free', '  0000:01:00.0', '  0000:01:00.1']);
  });

  test('brackets begin and end with the rows that stand together', () => {
    const functions = [
      ...together(14, ['0000:01:00.0', '0000:01:00.1', '0000:01:00.2']),
      functionAt('0000:02:00.0'),
      ...together(7, ['0000:03:00.0', '0000:05:00.0']),
    ];
    functions.splice(5, 0, functionAt('0000:04:00.0'));
    const rows = visibleRows(hostTree({ functions, slots: [] }, 'table'), new Set());
    expect(rows.map(({ bracket }) => bracket)).toEqual(['first', 'middle', 'last', null, 'only', null, 'only']);
  });
});

describe('search and filters', () => {
  const functions = [
    PF,
    ...VFS,
    functionAt('0000:06:00.0', { deviceName: 'PM9A1', classWord: 'nvme', kernelNames: ['nvme0n1'], why: ['/'], verdict: 'in use' }),
  ];
  const holders = holdersOf([guestWith('db1', ['0000:04:10.0'])]);
  const found = (filter: Partial<Parameters<typeof filterTree>[1]>): string[] =>
    visibleRows(filterTree(hostTree({ functions, slots: [slotOf('0x00000018')] }, 'table'), { ...NOTHING, ...filter }, holders), new Set(), 'all').map(
      ({ node }) => label(node),
    );

  test.each<[string, Parameters<typeof found>[0], string[]]>([
    ['by address', { search: '06:00' }, ['0000:06:00.0']],
    ['by what it is, whatever the letters', { search: 'pm9a1' }, ['0000:06:00.0']],
    ['by several words, all of them', { search: 'x550 held' }, ['0000:04:10.0']],
    ['by the guest that holds it', { search: 'db1' }, ['0000:04:10.0']],
    ['by ids as lspci writes them', { search: '8086:1563 nvme' }, ['0000:06:00.0']],
    ['by ids as rows show them', { search: 'fid 0x18' }, ['standby 0x00000018']],
    ['by verdict', { verdict: 'held' }, ['0000:04:10.0']],
    ['by standby', { verdict: 'standby' }, ['standby 0x00000018']],
    ['by class', { classWord: 'nvme' }, ['0000:06:00.0']],
    ['by guest', { guest: 'db1' }, ['0000:04:10.0']],
    ['and nothing where nothing matches', { search: 'x550 nvme0n1' }, []],
  ])('finds %s', (_, filter, rows) => {
    expect(found(filter)).toEqual(rows);
  });

  test('what is found in a folded row is shown with what it is below', () => {
    const rows = visibleRows(filterTree(hostTree({ functions, slots: [] }, 'tree'), { ...NOTHING, search: '04:10.1' }, holders), new Set(), 'all');
    expect(rows.map(({ node }) => label(node))).toEqual(['0000:04:00.0', '3 VFs: 2 free, 1 held', '0000:04:10.1']);
  });
});
