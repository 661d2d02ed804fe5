/** What is missing in a copy of a machine, or could not be asked on a machine, is not taken for what there is not. */
import { describe, expect, it } from 'vitest';
import { formatPciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { judge, judgmentOf } from '../state/judge.ts';
import { formatEvidence } from '../state/verdict.ts';
import { type Tree, treePort } from '../testing/tree-port.ts';
import { ASKED_ADDRESSES } from '../state/network-uses.ts';
import { readHostState } from './host-state.ts';
import { recordingPort } from './record.ts';
import { readSnapshotState } from './snapshot-state.ts';

const fn = (address: string, more: Tree = {}): Tree =>
  Object.fromEntries(
    Object.entries({ vendor: '0x8086', device: '0x1521', class: '0x020000', driver: '→ ../../bus/pci/drivers/igb', ...more }).map(([name, text]) => [
      `/sys/bus/pci/devices/${address}/${name}`,
      text,
    ]),
  );
const inGroup = (address: string, group: number): Tree => ({ [`/sys/kernel/iommu_groups/${group}/devices/${address}`]: '→ x' });
const link = (group: number): Tree => ({ iommu_group: `→ ../../../kernel/iommu_groups/${group}` });

describe("a copy in which a function's link to its IOMMU group is missing", () => {
  const A = '0000:01:00.0';
  const B = '0000:01:00.1';
  const C = '0000:02:00.0';
  const tree = { ...fn(A, link(4)), ...fn(B), ...fn(C, link(5)), ...inGroup(A, 4), ...inGroup(B, 4), ...inGroup(C, 5) };

  it('has the function in the group whose list names it', async () => {
    const judgments = judge(await readHostState(treePort(tree)));
    const [a, b, c] = [A, B, C].map((name) => judgmentOf(judgments, parsePciAddress(name)));
    expect([a?.device.iommuGroup, b?.device.iommuGroup, c?.device.iommuGroup]).toEqual([4, 4, 5]);
    expect(a?.companions.map(({ address, mustGo }) => [formatPciAddress(address), mustGo])).toEqual([[B, true]]);
    expect(b?.companions.map(({ address }) => formatPciAddress(address))).toEqual([A]);
    expect(c?.companions).toEqual([]);
  });

  it('has no group for a function that no list names', async () => {
    const judgments = judge(await readHostState(treePort({ ...fn(A, link(4)), ...fn(B), ...inGroup(A, 4) })));
    expect(judgmentOf(judgments, parsePciAddress(B))).toMatchObject({ verdict: 'not assignable', device: { iommuGroup: undefined } });
  });
});

describe('where the addresses of interfaces could not be asked', () => {
  const nic = (bus: string, name: string, state: string): Tree => ({
    ...fn(`0000:0${bus}:00.0`, { [`net/${name}/x`]: '', ...link(Number(bus)) }),
    [`/sys/class/net/${name}`]: `→ ../../devices/pci0000:00/0000:0${bus}:00.0/net/${name}`,
    [`/sys/class/net/${name}/operstate`]: state,
  });
  const tree: Tree = {
    ...nic('1', 'down', 'down'),
    ...nic('2', 'up', 'up'),
    ...nic('3', 'addressed', 'up'),
    ...fn('0000:04:00.0', { class: '0x010802', ...link(4) }),
    '/proc/1/fd/0': '→ /dev/null',
  };
  const addresses = { addressed: ['192.0.2.1'] };
  const port = treePort(tree, { addresses, refused: [ASKED_ADDRESSES] });
  const verdicts = async (of: Parameters<typeof judge>[0]): Promise<string[]> =>
    judge(of).map(({ device, verdict, evidence }) => `${formatPciAddress(device.address)} ${verdict}: ${evidence.map(formatEvidence).join('; ')}`);
  const expected = [
    '0000:01:00.0 unknown: which addresses its interfaces have → ip addr show cannot be read; run as root to have it looked at',
    '0000:02:00.0 free: ',
    '0000:03:00.0 in use: addressed → address 192.0.2.1',
    '0000:04:00.0 free: ',
  ];

  it('one that is down is unknown; of one that is up the system tells, and others have none', async () => {
    expect(await verdicts(await readHostState(port))).toEqual(expected);
  });

  it('a snapshot of that machine says the same', async () => {
    const { port: recording, take } = recordingPort(port);
    await readHostState(recording);
    expect(await verdicts(await readSnapshotState(await take('2026-01-01T00:00:00Z', 0)))).toEqual(expected);
  });

  it('all are told where they could be', async () => {
    const told = await readHostState(treePort(tree, { addresses: { ...addresses, down: ['198.51.100.7'] } }));
    expect((await verdicts(told))[0]).toBe('0000:01:00.0 in use: down → address 198.51.100.7');
    expect((await verdicts(await readHostState(treePort(tree, { addresses }))))[0]).toBe('0000:01:00.0 free: ');
  });
});
