import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNodeDevice } from '../host/inventory.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { planPrepare } from '../plan/prepare.ts';
import { fakeKernel } from '../testing/fake-kernel.ts';
import { executeAll } from './executor.ts';
import { withExecutor, withWholeExecutor } from './session.ts';
import type { Executor } from './target.ts';

const NVME = '0007:00:00.0';

describe('a whole that was made, and whose end cannot be written', () => {
  it('is told to be so, is not called undone, and keeps everything else from being changed', async () => {
    const port = fakeKernel([{ address: NVME, driver: 'nvme', iommuGroup: 1 }]);
    const directory = mkdtempSync(join(tmpdir(), 'hostdev-session-'));
    const file = join(directory, 'journal');
    const session = { target: { port, guestOf: async () => Promise.reject(new Error('there is none')) }, options: { timeoutMs: 1000 }, directory };
    const device = await readNodeDevice(port, parsePciAddress(NVME));
    if (device === undefined) throw new Error('it is not there');
    const change = planPrepare({ device, link: null, driver: 'vfio-pci' });
    let written = '';
    const error: unknown = await withWholeExecutor(session, async (executor: Executor) => {
      await executeAll(executor, change === undefined ? [] : [change]);
      written = readFileSync(file, 'utf8');
      rmSync(file);
      mkdirSync(file);
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringContaining('everything was made') as string, aftermath: { changed: true } });
    rmSync(file, { recursive: true });
    writeFileSync(file, written);
    expect(port.driverOf(NVME)).toBe('vfio-pci');
    await expect(withExecutor(session, async () => 'changed')).rejects.toMatchObject({ code: 'recovery-needed' });
  });
});
