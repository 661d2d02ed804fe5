import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HostdevError } from '../errors.ts';
import { journalFile } from '../execute/journal/journal.ts';
import type { StepEvent } from '../plan/step-event.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { subjectsOf } from '../plan/change.ts';
import { type FakeKernel, fakeKernel } from '../testing/fake-kernel.ts';
import type { AppContext } from './context.ts';
import { readHistory } from './history.ts';
import { prepareFunctions } from './prepare.ts';

const [FIRST, SECOND] = ['0000:06:00.0', '0000:07:00.0'].map(parsePciAddress) as [ReturnType<typeof parsePciAddress>, ReturnType<typeof parsePciAddress>];

let port: FakeKernel;
let stateDirectory: string;
let failing: string | undefined;
const context = (): AppContext => ({ port, isRoot: true, readPciIds: async () => undefined });

beforeEach(() => {
  stateDirectory = mkdtempSync(join(tmpdir(), 'hostdev-observed-'));
  failing = undefined;
  const functions = [
    { address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6 },
    { address: '0000:07:00.0', driver: 'nvme', iommuGroup: 7 },
  ];
  port = fakeKernel(functions, {
    beforeWrite: (path) => {
      if (failing !== undefined && path.includes(failing)) throw Object.assign(new Error('EIO'), { code: 'EIO' });
    },
  });
});
afterEach(() => rmSync(stateDirectory, { recursive: true }));

const told = ({ change, step, state }: StepEvent): string => `${subjectsOf(change)[0]} ${step === undefined ? '' : `${step.kind} `}${state}`;

describe('somebody who is not at the terminal', () => {
  test('sees the plan before the lock and under it, and each step as it is made', async () => {
    const plans: number[] = [];
    const events: string[] = [];
    const options = { dryRun: false, stateDirectory, onPlan: (changes: readonly unknown[]) => void plans.push(changes.length) };
    await prepareFunctions(context(), [FIRST], { ...options, onStep: (event) => void events.push(told(event)) });
    expect(plans).toEqual([1, 1]);
    expect(events.filter((line) => !line.includes('write'))).toEqual(['0000:06:00.0 doing', '0000:06:00.0 done']);
    expect(events.slice(1, 3)).toEqual(['0000:06:00.0 write doing', '0000:06:00.0 write done']);
  });

  test('is named in the journal', async () => {
    await prepareFunctions(context(), [FIRST], { dryRun: false, stateDirectory, by: 'alice, over the page from 127.0.0.1' });
    expect((await readHistory(stateDirectory)).entries.map(({ by }) => by)).toEqual(['alice, over the page from 127.0.0.1']);
  });

  test('who refuses the plan under the lock has nothing done and nothing written down', async () => {
    let seen = 0;
    const refuse = (): void => {
      seen += 1;
      if (seen === 2) throw new HostdevError('guest-changed', 'not what was agreed to');
    };
    const before = port.writes.length;
    await expect(prepareFunctions(context(), [FIRST], { dryRun: false, stateDirectory, onPlan: refuse })).rejects.toThrow('not what was agreed to');
    expect(port.writes.length).toBe(before);
    expect(existsSync(journalFile(stateDirectory)) && (await readHistory(stateDirectory)).entries.length > 0).toBe(false);
  });

  describe('where a module has to be loaded', () => {
    const driver = 'hisi_acc_vfio_pci';
    const whileLoading = (act: () => Promise<void>): void => {
      const machine = fakeKernel([{ address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6 }], { modules: { [driver]: 'hisi-acc-vfio-pci' } });
      const loadModule: FakeKernel['loadModule'] = async (name) => {
        await act();
        return machine.loadModule(name);
      };
      port = { ...machine, loadModule };
    };

    test('sees the plan once more when it is there, with the name that the driver has', async () => {
      whileLoading(async () => undefined);
      const plans: unknown[] = [];
      await prepareFunctions(context(), [FIRST], { dryRun: false, stateDirectory, driver, onPlan: ([change]) => void plans.push(change?.wanted['driver']) });
      expect(plans).toEqual([driver, driver, 'hisi-acc-vfio-pci']);
    });

    test('nothing is done by a plan that is another one then: nobody has agreed to it', async () => {
      whileLoading(() => port.write('/sys/bus/pci/devices/0000:06:00.0/driver/unbind', '0000:06:00.0'));
      const prepared = prepareFunctions(context(), [FIRST], { dryRun: false, stateDirectory, driver });
      await expect(prepared).rejects.toMatchObject({ code: 'plan-stale', message: expect.stringContaining(driver) as unknown });
      expect(port.driverOf('0000:06:00.0')).toBeUndefined();
      expect(existsSync(journalFile(stateDirectory)) && (await readHistory(stateDirectory)).entries.length > 0).toBe(false);
    });
  });

  test('is told of what is undone, and of which step failed', async () => {
    failing = '0000:07:00.0/driver/unbind';
    const events: string[] = [];
    const change = prepareFunctions(context(), [FIRST, SECOND], { dryRun: false, stateDirectory, onStep: (event) => void events.push(told(event)) });
    await expect(change).rejects.toThrow();
    expect(events).toContain('0000:07:00.0 write failed');
    expect(events.slice(-4)).toEqual(['0000:07:00.0 undoing', '0000:07:00.0 undone', '0000:06:00.0 undoing', '0000:06:00.0 undone']);
  });
});
