/** `mapping:NAME` where commands of a host take addresses: all functions of this host that are of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Machine } from '../../src/cli/machine.ts';
import { hostdev } from '../capture.ts';
import { fakeFleetHost, GPUS, MAPPED } from './fake-fleet-host.ts';

let directory: string;
let machine: Machine;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-fleet-'));
  machine = fakeFleetHost(directory, { socket: '/nowhere/libvirt-sock' }, GPUS);
});
afterEach(() => rmSync(directory, { recursive: true }));

const run = async (line: string): ReturnType<typeof hostdev> => hostdev(line.split(' '), '', machine);
const enrolled = async (): Promise<void> => {
  for (const line of [`init dir:${directory}/fleet`, `join dir:${directory}/fleet --name kvm1`, ...MAPPED]) {
    expect(await run(`fleet ${line}`)).toMatchObject({ status: 0 });
  }
};
const addresses = async (line: string): Promise<string[]> => {
  const { items } = JSON.parse((await run(`${line} --json`)).stdout) as { items: { hostAddress: string }[] };
  return items.map(({ hostAddress }) => hostAddress);
};

it('list, check and prepare take all functions of this host that are of it, each once, in the place of the word', { timeout: 120_000 }, async () => {
  await enrolled();
  expect(await addresses('list mapping:gpu-a10')).toEqual(['0000:03:00.0', '0000:04:00.0']);
  expect(await addresses('check mapping:pair 03:00.0')).toEqual(['0000:05:00.0', '0000:05:00.1', '0000:03:00.0']);
  expect((await run('check mapping:gpu-a10')).status).toBe(0);
  expect(await run('prepare mapping:gpu-a10 --dry-run')).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/0000:03:00\.0[^]*0000:04:00\.0/) as string,
  });
  expect(await run('prepare mapping:gpu-a10')).toMatchObject({ status: 0 });
  expect(await addresses('list --driver vfio-pci')).toEqual(['0000:03:00.0', '0000:04:00.0']);
});

it('show takes the only one, and tells which they are where there are several', { timeout: 120_000 }, async () => {
  await enrolled();
  expect(await run('show mapping:gpu-a10')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('mapping:gpu-a10 means 2 functions: 0000:03:00.0, 0000:04:00.0 [address-ambiguous]') as string,
  });
  await run('fleet mapping set one --match place=0000:04:00.0');
  expect(await addresses('show mapping:one')).toEqual(['0000:04:00.0']);
});

it.each([
  ['check mapping:nic', 1, 'mapping-unknown'],
  ['list mapping:NIC', 2, 'usage'],
  ['check mapping:gpu-a10 --root /nowhere', 2, 'option-conflict'],
  ['prepare mapping:nothing', 1, 'function-unknown'],
])('%s is refused in one message, and nothing is changed', { timeout: 120_000 }, async (line, status, code) => {
  await enrolled();
  await run('fleet mapping set nothing --match 8086:*');
  const found = await run(line);
  expect([found.status, found.stderr.match(/\[[a-z-]+\]/g)]).toEqual([status, [`[${code}]`]]);
});

it('is refused on a machine that is of no fleet', async () => {
  expect(await run('check mapping:gpu-a10')).toMatchObject({ status: 1, stderr: expect.stringContaining('[fleet-absent]') as string });
});
