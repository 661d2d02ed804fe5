import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FakeFunction, fakeKernel } from '../testing/fake-kernel.ts';
import { readHistory } from './history.ts';
import { switchSlot } from './slots.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, fid: 0x17 };

const machine = () => {
  const port = fakeKernel([NVME]);
  const stateDirectory = mkdtempSync(join(tmpdir(), 'hostdev-slots-'));
  return { port, context: { port, isRoot: true, readPciIds: async () => undefined }, options: { dryRun: false, stateDirectory } };
};

describe('switching a slot', () => {
  it.each(['configured', 'standby'] as const)('that is %s already changes nothing, and is no failure', async (state) => {
    const { port, context, options } = machine();
    if (state === 'standby') await switchSlot(context, 0x17, state, options);
    const writes = port.writes.length;
    for (const dryRun of [true, false]) {
      const done = await switchSlot(context, 0x17, state, { ...options, dryRun });
      expect(done).toMatchObject({ changed: false, steps: [], before: { state }, after: { state } });
    }
    expect(port.writes).toHaveLength(writes);
    expect((await readHistory(options.stateDirectory)).entries).toHaveLength(state === 'standby' ? 1 : 0);
  });

  it.each([
    [0x11, 'there is 0x00000017, if 17 was meant as a hexadecimal number'],
    [0x12, "'hostdev slot list' shows them all"],
  ])('that does not exist (%i) has a hint: %s', async (fid, hint) => {
    const { context, options } = machine();
    await expect(switchSlot(context, fid, 'configured', options)).rejects.toMatchObject({ code: 'slot-unknown', hint });
  });
});
