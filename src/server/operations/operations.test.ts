import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHistory } from '../../app/history.ts';
import { fleetSource } from '../../fleet/fleet-source.ts';
import { type FakeKernel, fakeKernel } from '../../testing/fake-kernel.ts';
import type { Operation } from '../api/operation.ts';
import type { ServedHost } from '../host.ts';
import { type KeptPlan, type Plans, plans } from '../plans/plans.ts';
import { type Operations, operations } from './operations.ts';

let stateDirectory: string;
let port: FakeKernel;
let made: Plans;
let running: Operations;
let forgotten: string[];
let bugs: unknown[];
/** What follows the changes of operations, where it is to fail. */
let follow: () => void;
beforeEach(() => {
  stateDirectory = mkdtempSync(join(tmpdir(), 'hostdev-operations-'));
  [forgotten, bugs] = [[], []];
  follow = () => undefined;
  port = fakeKernel([{ address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6 }]);
  const context = { port, isRoot: true, readPciIds: async () => undefined };
  const host: ServedHost = {
    context: async () => context,
    stateDirectory,
    fleet: fleetSource('/nowhere/fleet.conf'),
    name: 'host',
    version: '0',
    readOnly: false,
  };
  const told = { onChange: () => follow(), onForgotten: (id: string) => void forgotten.push(id), onEnd: async () => undefined };
  running = operations(host, { ...told, onBug: (bug) => void bugs.push(bug) }, 2);
  made = plans(host, { functionsNow: async () => [], doneBy: running.doneBy });
});
afterEach(() => rmSync(stateDirectory, { recursive: true }));

const CALLER = { by: 'anna', from: '127.0.0.1', openTab: () => '', isTab: () => true, isSignedIn: () => true };

/** Carries out a wish that has nothing to do. */
async function carryOut(): Promise<readonly [KeptPlan, Operation]> {
  const kept = made.require((await made.make({ verb: 'release', functions: ['0000:06:00.0'] })).id);
  const { id } = await running.apply(kept, CALLER);
  await expect.poll(() => running.require(id).ended).not.toBeNull();
  return [kept, running.require(id)];
}

describe('operations that have ended', () => {
  it('make room for others, which is told', async () => {
    const ended = [await carryOut(), await carryOut(), await carryOut()].map(([, { id }]) => id);
    expect(forgotten).toEqual(ended.slice(0, 1));
    expect(running.list().map(({ id }) => id)).toEqual(ended.slice(1).toReversed());
    expect(() => running.require(ended[0] ?? '')).toThrow('there is no operation');
  });

  it('and are forgotten are not carried out again by their plan', async () => {
    const [kept, { id }] = await carryOut();
    await carryOut();
    await carryOut();
    expect(forgotten).toEqual([id]);
    expect((await running.apply(kept, CALLER)).id).toBe(id);
    expect(running.list()).toHaveLength(2);
  });
});

describe('a bug while an operation is carried out', () => {
  it('ends it, and is told to the log that its answer speaks of', async () => {
    const bug = new TypeError('x is undefined');
    let told = 0;
    follow = () => {
      told += 1;
      // The first is that it has begun, which is where refusals end.
      if (told === 2) throw bug;
    };
    const kept = made.require((await made.make({ verb: 'prepare', functions: ['0000:06:00.0'] })).id);
    const { id } = await running.apply(kept, CALLER);
    await expect.poll(() => running.require(id).ended).not.toBeNull();
    expect(running.require(id)).toMatchObject({ state: 'failed', problems: [{ code: 'internal', message: 'the server has a bug; its log says more' }] });
    expect(bugs).toEqual([bug]);
  });
});

describe('operations that close', () => {
  const prepare = async (): Promise<KeptPlan> => made.require((await made.make({ verb: 'prepare', functions: ['0000:06:00.0'] })).id);

  it('begin nothing any more', async () => {
    const kept = await prepare();
    await running.close();
    await expect(running.apply(kept, CALLER)).rejects.toMatchObject({ code: 'interrupted', message: expect.stringContaining('ending') as string });
    expect(port.writes).toEqual([]);
  });

  it('do nothing of what was about to begin, and wait for it', async () => {
    const kept = await prepare();
    const applying = running.apply(kept, CALLER).catch((error: unknown) => error);
    await running.close();
    await applying;
    expect(running.list().every(({ ended }) => ended !== null)).toBe(true);
    expect(port.driverOf('0000:06:00.0')).toBe('nvme');
    expect(running.list().map(({ state }) => state)).not.toContain('done');
    expect((await readHistory(stateDirectory)).entries.filter(({ outcome }) => outcome !== 'undone')).toEqual([]);
  });
});
