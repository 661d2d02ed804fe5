/** Networks that interfaces of a host are on: said to `fleet join`, told to the fleet, asked for by mappings. */
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../../src/cli/machine.ts';
import { hostdev } from '../capture.ts';
import { fakeFleetHost, gpu } from './fake-fleet-host.ts';

let directory: string;
let machine: Machine;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-fleet-'));
  const nic = {
    address: '0000:02:00.0',
    driver: 'igb',
    pciClass: 0x020000,
    iommuGroup: 8,
    netdev: 'eno1',
    express: true,
    sriov: { total: 7, driver: 'igbvf' },
  };
  machine = fakeFleetHost(directory, { socket: '/nowhere/libvirt-sock' }, [nic, { ...nic, address: '0000:06:00.0', iommuGroup: 9, netdev: 'eno2' }, gpu(3, 3)]);
  await done('vf create 02:00.0 2');
  await done(`fleet init dir:${directory}/fleet`);
});
afterEach(() => rmSync(directory, { recursive: true }));

const run = async (line: string): ReturnType<typeof hostdev> => hostdev(line.split(' '), '', machine);
const done = async (line: string): Promise<string> => {
  const found = await run(line);
  expect([line, found.status, found.stderr]).toEqual([line, 0, expect.not.stringContaining('error')]);
  return found.stdout;
};
const joined = async (...more: readonly string[]): Promise<string> => done([`fleet join dir:${directory}/fleet --name kvm1`, ...more].join(' '));
/** Which functions are on it. */
const on = async (network: string): Promise<string[]> => {
  await done(`fleet mapping set wanted --match network=${network}`);
  const { items } = JSON.parse(await done('fleet mapping show wanted --json')) as { items: { functions: { function: string }[] }[] };
  return items.flatMap(({ functions }) => functions.map((each) => each.function.replace('host/kvm1/0000:', '')));
};
const ALL = ['02:00.0', '02:00.0/vf/0', '02:00.0/vf/1'];

it('a card is on the network of its interface, with its virtual functions, and nothing else is', { timeout: 120_000 }, async () => {
  await joined();
  expect(await on('physnet1')).toEqual([]);
  expect(await joined('--physical-network', 'physnet1:eno1,physnet2:eno2')).toContain('kvm1 is a host of the fleet');
  expect([await on('physnet1'), await on('physnet2'), await on('physnet3')]).toEqual([ALL, ['06:00.0'], []]);
  expect(JSON.parse(readFileSync(machine.fleetFile, 'utf8'))).toMatchObject({ networks: { eno1: 'physnet1', eno2: 'physnet2' } });
  // The agent says the same, and so does whoever joins again without a word of it.
  await done('agent --once');
  expect(await joined()).toContain('as it was before');
  expect(await on('physnet1')).toEqual(ALL);
  expect(await joined('--physical-network', 'none')).not.toContain('as it was before');
  expect(await on('physnet1')).toEqual([]);
});

it.each([
  ['--physical-network physnet1:eth9', 1, 'function-unknown'],
  ['--physical-network physnet1', 2, 'usage'],
  [`--physical-network ${'x'.repeat(257)}:eno1`, 2, 'usage'],
  ['--physical-network physnet1:eno1,physnet2:eno1', 2, 'usage'],
])('%s is refused in one message, and the host does not join', { timeout: 120_000 }, async (words, status, code) => {
  const found = await run(`fleet join dir:${directory}/fleet --name kvm1 ${words}`);
  expect([found.status, found.stderr.match(/\[[a-z-]+\]/g)]).toEqual([status, [`[${code}]`]]);
  expect(await run('fleet list')).toMatchObject({ status: 1, stderr: expect.stringContaining('[fleet-absent]') as string });
});

it('a file that names no network for an interface is refused', { timeout: 120_000 }, async () => {
  await joined('--physical-network', 'physnet1:eno1');
  writeFileSync(machine.fleetFile, readFileSync(machine.fleetFile, 'utf8').replace('"physnet1"', '7'));
  expect(await run('fleet list')).toMatchObject({ status: 1, stderr: expect.stringContaining('"networks" has no name of a network for eno1') as string });
});

describe('what Nova is told of a host of a fleet', { timeout: 120_000 }, () => {
  /** Functions that Nova may give, with their networks. */
  const exported = async (words = ''): Promise<Record<string, string | undefined>> => {
    const { items } = JSON.parse(await done(`export nova${words} --json`)) as {
      items: { kind: string; hostAddress?: string; value?: { physical_network?: string } }[];
    };
    return Object.fromEntries(items.flatMap(({ kind, hostAddress = '', value }) => (kind === 'device_spec' ? [[hostAddress, value?.physical_network]] : [])));
  };
  const virtual = '0000:02:10.0';

  it('has the networks that the host has told its fleet, also of virtual functions that were made since', async () => {
    await joined('--physical-network', 'physnet1:eno1,physnet2:eno2');
    expect(await exported()).toMatchObject({ [virtual]: 'physnet1', '0000:06:00.0': 'physnet2', '0000:03:00.0': undefined });
    await done('vf remove 02:00.0');
    await done('vf create 02:00.0 4');
    expect(Object.values(await exported()).filter((network) => network === 'physnet1')).toHaveLength(4);
  });

  it('has the networks that are said to it, where some are', async () => {
    await joined('--physical-network', 'physnet1:eno1,physnet2:eno2');
    expect(await exported(' --physical-network other:eno1')).toMatchObject({ [virtual]: 'other', '0000:06:00.0': undefined });
  });

  it('is refused while the store of the fleet is away, and not without networks, or with those that are said', async () => {
    await joined('--physical-network', 'physnet1:eno1');
    renameSync(join(directory, 'fleet'), join(directory, 'away'));
    expect(await run('export nova')).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('[fleet-directory]') as string });
    expect(await exported(' --physical-network physnet1:eno1')).toMatchObject({ [virtual]: 'physnet1' });
    renameSync(join(directory, 'away'), join(directory, 'fleet'));
    await joined('--physical-network', 'none');
    renameSync(join(directory, 'fleet'), join(directory, 'away'));
    expect(await exported()).toMatchObject({ [virtual]: undefined });
  });
});
