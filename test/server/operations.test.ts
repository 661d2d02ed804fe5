/** Operations that are stopped, that somebody is in the way of, that fail, and what is left of them by a server that ended. */
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { readHistory } from '../../src/app/history.ts';
import { withLock } from '../../src/execute/journal/lock.ts';
import { STUCK } from '../../src/host/write.ts';
import { bootId } from '../../src/host/boot-id.ts';
import type { HostPort } from '../../src/host/port.ts';
import type { Operation } from '../../src/server/api/operation.ts';
import type { Plan } from '../../src/server/api/plan.ts';
import type { ProblemDetails } from '../../src/server/api/problem-details.ts';
import type { WholeState } from '../../src/server/api/state.ts';
import { fakeKernel } from '../../src/testing/fake-kernel.ts';
import { appendRecords } from '../journal.ts';
import { openServer, type ServerScene } from './scene.ts';

let scene: ServerScene;
afterEach(() => scene.end());

/** The guest never lets go by itself. */
function ignoring(): void {
  for (const guest of scene.libvirt.qemu.guests.values()) guest.onDetach = 'ignore';
}

/** A prepare that a server has left with no driver. */
async function interrupted(subject: string, id: string): Promise<void> {
  await appendRecords(scene.stateDirectory, {
    ...{ kind: 'begin', id, time: '2026-11-26T08:00:00.000Z', boot: await bootId(scene.context.port), by: 'root, over the page from 127.0.0.1', subject },
    ...{ verb: 'prepare', before: { driver: 'nvme', override: null }, wanted: { driver: 'vfio-pci', override: 'vfio-pci' } },
  });
  await scene.context.port.write(`/sys/bus/pci/devices/${subject}/driver/unbind`, subject);
}

const statesOf = ({ changes }: Operation) => changes.map(({ subject, state }) => `${subject} ${state}`);

describe('an operation that is stopped', () => {
  it('is undone, says so, and has ended', async () => {
    scene = await openServer();
    ignoring();
    await scene.carryOut({ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'live' });
    const reply = await scene.apply(await scene.plan({ verb: 'detach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'live', timeoutSeconds: 40 }));
    const { id } = reply.json<Operation>();
    const waiting = async (): Promise<Operation> => (await scene.ask('GET', `/operations/${id}`)).json<Operation>();
    await expect.poll(async () => (await waiting()).until).not.toBeNull();
    const left = new Date((await waiting()).until ?? 0).getTime() - Date.now();
    expect(left).toBeGreaterThan(20_000);
    expect(left).toBeLessThanOrEqual(40_000);
    const stopped = await scene.ask('POST', `/operations/${id}/stop`);
    expect([stopped.status, stopped.json<Operation>().state]).toEqual([202, 'stopping']);
    const ended = await scene.ended(id);
    expect(ended.state).toBe('stopped');
    expect(ended.problems.length).toBeGreaterThan(0);
    expect((await scene.ask('POST', `/operations/${id}/stop`)).json<ProblemDetails>().code).toBe('operation-ended');
    expect((await scene.ask('POST', `/operations/${id}/undo`)).json<ProblemDetails>().code).toBe('operation-ended');
  });
});

describe('an operation that is stopped where the kernel does not come back', () => {
  it('has not been stopped: it has failed, says what is stuck, and is interrupted until it is recovered', async () => {
    const kernel = fakeKernel([{ address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6 }]);
    const write: HostPort['write'] = async (path, text) => {
      if (!path.endsWith('/driver/unbind')) return kernel.write(path, text);
      const [{ id }] = (await scene.ask('GET', '/operations')).json<{ items: [Operation] }>().items;
      expect((await scene.ask('POST', `/operations/${id}/stop`)).json<Operation>().state).toBe('stopping');
      throw Object.assign(new Error('it has not come back'), { code: STUCK });
    };
    scene = await openServer({ machine: { ...kernel, write } });
    const { id } = (await scene.apply(await scene.plan({ verb: 'prepare', functions: ['0000:06:00.0'] }))).json<Operation>();
    const ended = await scene.ended(id);
    expect(ended).toMatchObject({ state: 'failed', changed: true, undoable: false, problems: [{ code: 'stuck', subject: '0000:06:00.0' }] });
    expect(statesOf(ended)).toEqual(['0000:06:00.0 left']);
    expect((await scene.ask('GET', '/state')).json<WholeState>().inForce).toMatchObject([{ subject: '0000:06:00.0', state: 'interrupted' }]);
    expect((await scene.ask('POST', `/operations/${id}/undo`)).json<ProblemDetails>().code).toBe('operation-ended');
  });
});

describe('an operation that fails', () => {
  it('is undone as the command undoes it, and tells which step it was', async () => {
    let isFailing = false;
    const beforeWrite = (path: string): void => {
      if (isFailing && path.includes('0000:09:00.0/driver/unbind')) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    };
    scene = await openServer({ kernel: { beforeWrite } });
    const plan = await scene.plan({ verb: 'prepare', functions: ['0000:06:00.0', '0000:09:00.0'] });
    isFailing = true;
    const ended = await scene.ended((await scene.apply(plan)).json<Operation>().id);
    expect(ended).toMatchObject({
      state: 'failed',
      changed: false,
      problems: [{ code: 'bind-failed', subject: '0000:09:00.0' }],
      answer: { exitStatus: 1, changed: false },
    });
    expect(statesOf(ended)).toEqual(['0000:06:00.0 undone', '0000:09:00.0 undone']);
    expect(scene.port.driverOf('0000:06:00.0')).toBe('nvme');
  });
});

describe('somebody else', () => {
  it('who changes the host is waited for by nobody: 409, and it can be tried again', async () => {
    scene = await openServer();
    const plan = await scene.plan({ verb: 'prepare', functions: ['0000:06:00.0'] });
    await withLock(scene.stateDirectory, async () => {
      const reply = await scene.apply(plan);
      expect([reply.status, reply.json<ProblemDetails>().code]).toEqual([409, 'busy']);
    });
    expect((await scene.ask('GET', '/operations')).json()).toEqual({ items: [] });
    expect((await scene.ended((await scene.apply(plan)).json<Operation>().id)).state).toBe('done');
  });
});

describe('without root, where no lock keeps anybody out', () => {
  it('one change is carried out at a time all the same, and a plan says that it is not recorded', async () => {
    scene = await openServer({ isRoot: false });
    await scene.carryOut({ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'live' });
    ignoring();
    const detach = await scene.plan({ verb: 'detach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'live' });
    expect(detach.notes).toMatchObject([{ code: 'not-root', severity: 'warning', message: expect.stringContaining('journal') as string }]);
    const other = await scene.plan({ verb: 'attach', guest: 'web', functions: ['0000:09:00.0'], scope: 'config' });
    const { id } = (await scene.apply(detach)).json<Operation>();
    const refused = await scene.apply(other);
    expect(refused.json<ProblemDetails>()).toMatchObject({ status: 409, code: 'busy', detail: expect.stringContaining('hostdev detach pc') as string });
    await scene.ask('POST', `/operations/${id}/stop`);
    await scene.ended(id);
    expect((await scene.ended((await scene.apply(other)).json<Operation>().id)).state).toBe('done');
    expect((await readHistory(scene.stateDirectory)).entries).toEqual([]);
  });
});

describe('a server that ended in the middle', () => {
  it('leaves what its successor shows as interrupted, refuses to go past, and recovers by a plan', async () => {
    scene = await openServer();
    await appendRecords(scene.stateDirectory, {
      ...{
        kind: 'begin',
        id: 'open',
        time: '2026-11-26T08:00:00.000Z',
        boot: await bootId(scene.port),
        by: 'root, over the page from 127.0.0.1',
        subject: '0000:06:00.0',
      },
      ...{ verb: 'prepare', before: { driver: 'nvme', override: null }, wanted: { driver: 'vfio-pci', override: 'vfio-pci' } },
    });
    await scene.port.write('/sys/bus/pci/devices/0000:06:00.0/driver/unbind', '0000:06:00.0');
    const { inForce, operations } = (await scene.ask('GET', '/state')).json<WholeState>();
    expect(inForce).toMatchObject([{ subject: '0000:06:00.0', state: 'interrupted', by: 'root, over the page from 127.0.0.1' }]);
    expect(operations).toEqual([]);
    const refused = await scene.apply(await scene.plan({ verb: 'prepare', functions: ['0000:09:00.0'] }));
    expect([refused.status, refused.json<ProblemDetails>().code]).toEqual([409, 'recovery-needed']);
    const plan = await scene.plan({ verb: 'recover' });
    expect(plan).toMatchObject({
      changed: true,
      changes: [{ verb: 'prepare', subject: '0000:06:00.0', steps: [{ step: { kind: 'write', path: '/sys/bus/pci/drivers_probe' } }] }],
      notes: [{ code: 'recovery-needed', subject: '0000:06:00.0', message: expect.stringContaining('it was nvme, and is no driver; it is undone') }],
    });
    const ended = await scene.ended((await scene.apply(plan)).json<Operation>().id);
    expect(ended).toMatchObject({ state: 'done', answer: { command: 'recover', items: [{ kind: 'recovery', subject: '0000:06:00.0', outcome: 'old' }] } });
    expect(ended.changes.map(({ state, steps }) => [state, ...steps.map((step) => step.state)])).toEqual([['done', 'done']]);
    expect(ended.undoable).toBe(false);
    expect(scene.port.driverOf('0000:06:00.0')).toBe('nvme');
    expect((await readHistory(scene.stateDirectory)).entries).toMatchObject([
      { outcome: 'undone', by: 'root, over the page from 127.0.0.1', recoveredBy: 'root, over the page from 127.0.0.1' },
    ]);
    expect((await scene.ask('GET', '/state')).json<WholeState>().inForce).toEqual([]);
  });

  it('recovers only what the plan showed: 412 where it is otherwise by then, and nothing is done', async () => {
    scene = await openServer();
    await interrupted('0000:06:00.0', 'one');
    const plan = await scene.plan({ verb: 'recover' });
    await interrupted('0000:09:00.0', 'other');
    const before = scene.port.writes.length;
    const reply = await scene.apply(plan);
    expect(reply.json<ProblemDetails>()).toMatchObject({ status: 412, code: 'plan-stale', difference: { before: [{ subject: '0000:06:00.0' }] } });
    expect(reply.json<ProblemDetails>().difference?.now.map(({ subject }) => subject)).toEqual(['0000:06:00.0', '0000:09:00.0']);
    expect(scene.port.writes.length).toBe(before);
    const { entries } = await readHistory(scene.stateDirectory);
    expect(entries.map(({ outcome }) => outcome)).toEqual(['interrupted', 'interrupted']);
  });

  it.each<[string, (id: string) => Promise<unknown> | undefined]>([
    ['is stopped', (id) => scene.ask('POST', `/operations/${id}/stop`)],
    // It waits for what it is at, so nothing there can wait for it.
    ['is stopped by the end of the server', () => void scene.server.close()],
  ])('a recovery %s between two changes: what is left stays open', async (_, stop) => {
    const kernel = fakeKernel([
      { address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6 },
      { address: '0000:09:00.0', driver: 'nvme', iommuGroup: 9 },
    ]);
    let [isRecovering, isStopped] = [false, false];
    const write: HostPort['write'] = async (path, text) => {
      if (isRecovering && text === '0000:06:00.0') {
        // Its first step is about to be made: the operation is there by now.
        const [{ id }] = (await scene.ask('GET', '/operations')).json<{ items: [Operation] }>().items;
        await stop(id);
        isStopped = true;
      }
      return kernel.write(path, text);
    };
    scene = await openServer({ machine: { ...kernel, write } });
    await interrupted('0000:06:00.0', 'one');
    await interrupted('0000:09:00.0', 'other');
    const plan = await scene.plan({ verb: 'recover' });
    isRecovering = true;
    expect((await scene.apply(plan)).status).toBe(202);
    await expect.poll(() => isStopped).toBe(true);
    await scene.server.close();
    const { entries } = await readHistory(scene.stateDirectory);
    expect(entries.map(({ outcome }) => outcome)).toEqual(['undone', 'interrupted']);
    expect([kernel.driverOf('0000:06:00.0'), kernel.driverOf('0000:09:00.0')]).toEqual(['nvme', undefined]);
  });

  it('knows no operation of the one before, and says where to look', async () => {
    scene = await openServer();
    const reply = await scene.ask('GET', '/operations/of-the-one-before');
    expect(reply.json<ProblemDetails>()).toMatchObject({ status: 404, code: 'operation-unknown', hint: expect.stringContaining('history') });
  });

  it('closing one undoes what it is at', async () => {
    scene = await openServer();
    ignoring();
    await scene.carryOut({ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'live' });
    const plan: Plan = await scene.plan({ verb: 'detach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'live' });
    expect((await scene.apply(plan)).status).toBe(202);
    await scene.server.close();
    expect(existsSync(scene.stateDirectory)).toBe(true);
    const { entries } = await readHistory(scene.stateDirectory);
    expect(entries.filter(({ outcome }) => outcome === 'interrupted')).toEqual([]);
    expect(entries.at(-1)).toMatchObject({ verb: 'detach', outcome: 'undone' });
  });
});
