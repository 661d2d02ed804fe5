/** Operations that are stopped, that somebody is in the way of, that fail, and what is left of them by a server that ended. */
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { readHistory } from '../../src/app/history.ts';
import { withLock } from '../../src/execute/journal/lock.ts';
import { bootId } from '../../src/host/boot-id.ts';
import type { Operation } from '../../src/server/api/operation.ts';
import type { Plan } from '../../src/server/api/plan.ts';
import type { ProblemDetails } from '../../src/server/api/problem-details.ts';
import type { WholeState } from '../../src/server/api/state.ts';
import { appendRecords } from '../journal.ts';
import { openServer, type ServerScene } from './scene.ts';

let scene: ServerScene;
afterEach(() => scene.end());

/** The guest never lets go by itself. */
function ignoring(): void {
  for (const guest of scene.libvirt.qemu.guests.values()) guest.onDetach = 'ignore';
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
    expect(plan).toMatchObject({ changed: true, changes: [], notes: [{ code: 'recovery-needed', subject: '0000:06:00.0' }] });
    const ended = await scene.ended((await scene.apply(plan)).json<Operation>().id);
    expect(ended).toMatchObject({ state: 'done', answer: { command: 'recover', items: [{ kind: 'recovery', subject: '0000:06:00.0', outcome: 'old' }] } });
    expect(scene.port.driverOf('0000:06:00.0')).toBe('nvme');
    expect((await scene.ask('GET', '/state')).json<WholeState>().inForce).toEqual([]);
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
