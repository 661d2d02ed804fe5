/** Plans and operations, as the page has them made: over HTTP, on a machine in memory. */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHistory } from '../../src/app/history.ts';
import { journalFile } from '../../src/execute/journal/journal.ts';
import type { Operation } from '../../src/server/api/operation.ts';
import type { Plan } from '../../src/server/api/plan.ts';
import type { ProblemDetails } from '../../src/server/api/problem-details.ts';
import type { Wish } from '../../src/server/api/wishes.ts';
import { openServer, type ServerScene } from './scene.ts';

let scene: ServerScene;
beforeEach(async () => {
  scene = await openServer();
});
afterEach(() => scene.end());

const entries = async () => (existsSync(journalFile(scene.stateDirectory)) ? (await readHistory(scene.stateDirectory)).entries : []);

describe('a plan', () => {
  it('shows each step with what undoes it, the command, and the JSON of its dry run; nothing is changed', async () => {
    const before = scene.port.writes.length;
    const plan = await scene.plan({ verb: 'prepare', functions: ['0000:06:00.0'] });
    expect(plan.changes.map(({ verb, subject, functions }) => ({ verb, subject, functions }))).toEqual([
      { verb: 'prepare', subject: '0000:06:00.0', functions: ['0000:06:00.0'] },
    ]);
    expect(plan.changes[0]?.steps.map(({ step }) => step.kind)).toEqual(['write', 'write', 'write']);
    expect(plan.changes[0]?.undo.length).toBeGreaterThan(0);
    expect(plan).toMatchObject({
      command: 'hostdev prepare 0000:06:00.0',
      changed: true,
      losses: [],
      answer: { command: 'prepare', dryRun: true, changed: true },
    });
    expect(scene.port.writes.length).toBe(before);
    expect(await entries()).toEqual([]);
  });

  it('of a guest that runs has the definition before and after, and what moves on the host', async () => {
    const plan = await scene.plan({ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'persistent' });
    expect(plan.definition?.before).not.toContain("bus='0x06'");
    expect(plan.definition?.after).toContain("bus='0x06'");
    expect(plan.answer.items).toMatchObject([{ guest: 'pc', functions: [{ hostAddress: '0000:06:00.0', live: true, config: true }] }]);
    expect(plan.command).toBe('hostdev attach pc 0000:06:00.0 --persistent --yes');
  });

  it('of more places for hot-plug has the definition before and after; they are added once, and nothing is added by 0', async () => {
    const wish: Wish = { verb: 'ports add', guest: 'pc', count: 2 };
    const ports = (xml: string | undefined): number => xml?.split("model='pcie-root-port'").length ?? 0;
    const plan = await scene.plan(wish);
    expect(ports(plan.definition?.after) - ports(plan.definition?.before)).toBe(2);
    expect(plan.command).toBe('hostdev ports pc --add 2');
    const begun = (await scene.apply(plan)).json<Operation>();
    expect(await scene.ended(begun.id)).toMatchObject({ state: 'done', changed: true });
    expect((await scene.apply(plan)).json<Operation>().id).toBe(begun.id);
    expect(ports(scene.libvirt.qemu.named('pc').config) - ports(plan.definition?.before)).toBe(2);
    expect(await entries()).toMatchObject([{ verb: 'ports add', by: expect.stringContaining('over the page') as string }]);
    const refused = await scene.ask('POST', '/plans', { ...wish, count: 0 });
    expect([refused.status, refused.json<ProblemDetails>().code]).toEqual([400, 'usage']);
  });

  it('names what else is in the group, and takes it along where that is asked for', async () => {
    const plan = await scene.plan({ verb: 'prepare', functions: ['0000:05:00.0'], group: true });
    expect(plan.changes.map(({ subject }) => subject)).toEqual(['0000:05:00.0', '0000:05:00.1']);
  });

  it('is refused with the code, the hint and all problems that the command has', async () => {
    const reply = await scene.ask('POST', '/plans', { verb: 'prepare', functions: ['0000:05:00.0'] });
    expect(reply.status).toBe(422);
    expect(reply.headers['content-type']).toBe('application/problem+json');
    expect(reply.json<ProblemDetails>()).toMatchObject({
      code: 'group-incomplete',
      status: 422,
      subject: '0000:05:00.0',
      type: 'urn:hostdev:problem:group-incomplete',
    });
  });

  it.each<[string, unknown, string]>([
    ['no JSON', '{"verb":', 'request-malformed'],
    ['an unknown verb', { verb: 'format disk' }, 'request-malformed'],
    ['a path for an address', { verb: 'prepare', functions: ['../../etc/passwd'] }, 'request-malformed'],
    ['a name that is not known', { verb: 'recover', shell: 'rm' }, 'request-malformed'],
    ['a driver that is a path', { verb: 'prepare', functions: ['0000:06:00.0'], driver: '../x' }, 'driver-unknown'],
    ['a function that is not there', { verb: 'prepare', functions: ['0000:99:00.0'] }, 'function-unknown'],
    ['a guest that is not there', { verb: 'detach', guest: 'nobody', functions: ['0000:06:00.0'] }, 'guest-unknown'],
  ])('is not made of %s', async (_, wish, code) => {
    const reply = await scene.ask('POST', '/plans', wish);
    expect(reply.json<ProblemDetails>().code).toBe(code);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.status).toBeLessThan(500);
  });
});

describe('an operation', () => {
  it('does what the plan showed, tells each step, and is in the journal with who and from where', async () => {
    const plan = await scene.plan({ verb: 'prepare', functions: ['0000:06:00.0'] });
    const reply = await scene.apply(plan);
    expect(reply.status).toBe(202);
    const operation = await scene.ended(reply.json<Operation>().id);
    expect(operation).toMatchObject({ state: 'done', changed: true, problems: [], answer: { exitStatus: 0, dryRun: false, command: 'prepare' } });
    expect(operation.changes.map(({ state, steps }) => [state, ...steps.map((step) => step.state)])).toEqual([['done', 'done', 'done', 'done']]);
    expect(scene.port.driverOf('0000:06:00.0')).toBe('vfio-pci');
    expect((await entries()).map(({ verb, by }) => ({ verb, by }))).toEqual([{ verb: 'prepare', by: 'root, over the page from 127.0.0.1' }]);
  });

  it('is the same one when it is asked for again', async () => {
    const plan = await scene.plan({ verb: 'prepare', functions: ['0000:06:00.0'] });
    const [one, other] = await Promise.all([scene.apply(plan), scene.apply(plan)]);
    expect(one.json<Operation>().id).toBe(other.json<Operation>().id);
    await scene.ended(one.json<Operation>().id);
    expect((await scene.apply(plan)).json<Operation>()).toMatchObject({ id: one.json<Operation>().id, state: 'done' });
    expect(await entries()).toHaveLength(1);
  });

  it('gives to a guest that runs, and takes back by the plan that undoes it', async () => {
    const given = await scene.carryOut({ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'persistent' });
    expect(given).toMatchObject({ state: 'done', changed: true });
    const back = await scene.ask('POST', `/operations/${given.id}/undo`);
    expect(back.status).toBe(201);
    expect(back.json<Plan>()).toMatchObject({ command: null, changes: [{ verb: 'detach', subject: '0000:06:00.0 in pc' }] });
    const taken = await scene.ended((await scene.apply(back.json<Plan>())).json<Operation>().id);
    expect(taken).toMatchObject({ state: 'done' });
    expect((await entries()).map(({ verb }) => verb)).toContain('detach');
  });

  it.each<[string, Wish]>([
    ['virtual functions', { verb: 'vf create', physicalFunction: '0000:02:00.0', numVfs: 2 }],
    ['a slot', { verb: 'slot off', fids: ['0x00000017'] }],
    ['a rule for the next boots', { verb: 'prepare', functions: ['0000:09:00.0'], persist: true }],
    ['a swap', { verb: 'swap', guest: 'web', old: '0007:00:00.0', next: '0000:06:00.0' }],
    ['a function for a definition', { verb: 'attach', guest: 'web', functions: ['0000:06:00.0'], scope: 'config', uid: '0x0044' }],
    ['nothing, where all is as asked for', { verb: 'release', functions: ['0000:06:00.0'] }],
  ])('carries out %s', async (_, wish) => {
    const operation = await scene.carryOut(wish);
    expect({ state: operation.state, problems: operation.problems }).toEqual({ state: 'done', problems: [] });
  });

  it('is refused when the host has changed since: 412 with the difference, nothing written, no record', async () => {
    const plan = await scene.plan({ verb: 'prepare', functions: ['0000:06:00.0', '0000:09:00.0'] });
    await scene.port.write('/sys/bus/pci/devices/0000:09:00.0/driver/unbind', '0000:09:00.0');
    const before = scene.port.writes.length;
    const reply = await scene.apply(plan);
    expect(reply.status).toBe(412);
    const { code, difference } = reply.json<ProblemDetails>();
    expect(code).toBe('plan-stale');
    expect(difference?.before[1]?.steps.length).toBe(3);
    expect(difference?.now[1]?.steps.length).toBe(2);
    expect(scene.port.writes.length).toBe(before);
    expect(await entries()).toEqual([]);
  });

  it('is refused when the function is gone since, with the reason', async () => {
    const plan = await scene.plan({ verb: 'prepare', functions: ['0000:06:00.0'] });
    scene.port.vanish('0000:06:00.0');
    const reply = await scene.apply(plan);
    expect(reply.status).toBe(412);
    expect(reply.json<ProblemDetails>().problems.map(({ code }) => code)).toEqual(['plan-stale', 'function-unknown']);
    expect(await entries()).toEqual([]);
  });

  it('needs to say which plan was agreed to', async () => {
    const { id } = await scene.plan({ verb: 'prepare', functions: ['0000:06:00.0'] });
    expect((await scene.ask('POST', `/plans/${id}/apply`)).status).toBe(428);
    expect((await scene.ask('POST', `/plans/${id}/apply`, undefined, { 'If-Match': '"another"' })).status).toBe(412);
    expect((await scene.ask('POST', '/plans/nothing/apply', undefined, { 'If-Match': '"x"' })).json<ProblemDetails>().code).toBe('plan-unknown');
    expect(await entries()).toEqual([]);
  });
});
