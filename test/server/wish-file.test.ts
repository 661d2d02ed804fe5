/** Wish files over the page: planned, carried out as one operation, undone whole, refused at their lines. */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHistory } from '../../src/app/history.ts';
import { bootId } from '../../src/host/boot-id.ts';
import { journalFile } from '../../src/execute/journal/journal.ts';
import type { Operation } from '../../src/server/api/operation.ts';
import type { Plan } from '../../src/server/api/plan.ts';
import type { ProblemDetails } from '../../src/server/api/problem-details.ts';
import type { WholeState } from '../../src/server/api/state.ts';
import type { WishOf } from '../../src/server/api/wishes.ts';
import { appendRecords } from '../journal.ts';
import { openServer, type SceneOptions, type ServerScene } from './scene.ts';

let scene: ServerScene;
beforeEach(async () => {
  scene = await openServer();
});
afterEach(() => scene.end());

async function openAnew(options: SceneOptions): Promise<void> {
  await scene.end();
  scene = await openServer(options);
}

const entries = async () => (existsSync(journalFile(scene.stateDirectory)) ? (await readHistory(scene.stateDirectory)).entries : []);
const wish = (parts: string, more: Partial<WishOf<'apply'>> = {}): WishOf<'apply'> => ({ verb: 'apply', text: `formatVersion: 1\n${parts}`, ...more });

const ALL = `virtualFunctions:
  - physicalFunction: "02:00.0"
    numVfs: 2
    settings: [{ index: 0, vlan: 100 }]
functions:
  - { function: "06:00.0", persist: true }
pools:
  - { network: fast, functions: ["02:00.0"] }
guests:
  - guest: pc
    hostdevs:
      - function: "09:00.0"
      - function: { physicalFunction: "02:00.0", index: 1 }
`;

/** What there is to be seen of the host and of guests. */
async function seen(): Promise<object> {
  const { functions, slots, guests } = (await scene.ask('GET', '/state')).json<WholeState>();
  const { items } = (await scene.ask('GET', '/persistent')).json<{ items: object[] }>();
  return { functions, slots, guests, items };
}

async function refusalOf(asked: object): Promise<readonly [number, ProblemDetails]> {
  const reply = await scene.ask('POST', '/plans', asked);
  return [reply.status, reply.json<ProblemDetails>()];
}

describe('the plan of a wish file', () => {
  it('has each part with its steps, what is planned later and why, the definition, and the command; nothing is changed', async () => {
    const before = scene.port.writes.length;
    const plan = await scene.plan(wish(ALL));
    expect(plan.changes.map(({ verb, subject }) => `${verb} ${subject}`)).toEqual([
      'vf create 0000:02:00.0',
      'prepare 0000:06:00.0',
      'persist 0000:06:00.0',
      'pool create fast',
      'attach 0000:09:00.0 in pc',
    ]);
    expect(plan.changes.every(({ steps, undo }) => steps.length > 0 && undo.length > 0)).toBe(true);
    const later = plan.answer.items.filter((item) => item['kind'] === 'later').map((item) => [item['what'], item['why']]);
    expect(later).toEqual([
      ['vlan 100 of virtual function 0 of 02:00.0', '0000:02:00.0 has its virtual functions'],
      ['pc has virtual function 1 of 02:00.0', '0000:02:00.0 has its virtual functions'],
    ]);
    expect(plan.definition?.before).not.toContain("bus='0x09'");
    expect(plan.definition?.after).toContain("bus='0x09'");
    expect(plan).toMatchObject({ command: 'hostdev apply -f wish.yaml --yes', changed: true, answer: { command: 'apply', dryRun: true, changed: true } });
    expect(scene.port.writes.length).toBe(before);
    expect(await entries()).toEqual([]);
  });

  it('has the options in its command', async () => {
    const plan = await scene.plan(wish('slots: []\n', { file: 'my host.yaml', prune: true, force: true, timeoutSeconds: 5 }));
    expect(plan.command).toBe("hostdev apply -f 'my host.yaml' --prune --timeout 5 --force --yes");
    expect(plan.changed).toBe(false);
  });

  it('is made of a long file, up to what a file may have; nothing else that is asked for may be as long', async () => {
    const filled = (bytes: number): string => `# ${'é\n# '.repeat(bytes / 5)}`.slice(0, bytes / 2);
    expect((await scene.plan(wish(`${filled(900_000)}\nfunctions: [{ function: "06:00.0" }]\n`))).changed).toBe(true);
    const [, tooLong] = await refusalOf(wish(`# ${'x'.repeat(1024 * 1024)}\n`));
    expect(tooLong).toMatchObject({ code: 'file-too-large', subject: 'wish.yaml' });
    const [status, names] = await refusalOf({
      verb: 'prepare',
      functions: Array.from({ length: 5000 }, (_, at) => `${at.toString(16).padStart(4, '0')}:00:00.0`),
    });
    expect([status, names.code]).toEqual([413, 'request-too-large']);
  });

  it.each<[string, string, readonly string[]]>([
    ['a name that is not known', 'function: []\n', ['wish-malformed wish.yaml:2:1']],
    ['what other readers take for another value', 'virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 0010 }]\n', ['wish-ambiguous wish.yaml:2:59']],
    [
      'everything that is wrong',
      'functions:\n  - { function: 1 }\n  - { funtion: "06:00.0" }\n',
      ['wish-malformed wish.yaml:3:17', 'wish-malformed wish.yaml:4:5', 'wish-malformed wish.yaml:4:7'],
    ],
    ['a function that is not there', 'functions: [{ function: "99:00.0" }]\n', ['function-unknown wish.yaml:2:13']],
    ['what contradicts itself', 'slots: [{ fid: 0x17, state: standby }, { fid: "0x00000017", state: configured }]\n', ['wish-conflict wish.yaml:2:40']],
    ['a function without its group', 'functions: [{ function: "05:00.0" }]\n', ['group-incomplete wish.yaml:2:13']],
    ['a guest that is not there', 'guests: [{ guest: nobody, hostdevs: [{ function: "06:00.0" }] }]\n', ['guest-unknown wish.yaml:2:10']],
  ])('is refused for %s, at its place', async (_, parts, told) => {
    const [status, { code, problems, location }] = await refusalOf(wish(parts));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    const places = problems.map((each) => `${each.code} ${each.location?.file}:${each.location?.line}:${each.location?.column}`);
    expect(places).toEqual(told);
    expect([code, location]).toEqual([problems[0]?.code, problems[0]?.location]);
  });

  it('names the file that it is of', async () => {
    const [, { location }] = await refusalOf(wish('slot: []\n', { file: 'hosts/z1.yaml' }));
    expect(location).toEqual({ file: 'hosts/z1.yaml', line: 2, column: 1 });
  });

  it.each([
    ['none', ''],
    ['longer than one can be', 'x'.repeat(256)],
    ['of several lines', 'wish\n.yaml'],
  ])('is refused for a name of its file that is %s, which each of its problems would have', async (_, file) => {
    const [status, { code, detail, problems }] = await refusalOf(wish('slot: []\n', { file }));
    expect([status, code, problems.length]).toEqual([400, 'request-malformed', 1]);
    expect(detail).toContain('/file');
  });

  it('of a file whose name says so is made of JSON', async () => {
    const text = '{ "formatVersion": 1, "functions": [{ "function": "06:00.0" }] }';
    expect((await scene.plan({ verb: 'apply', text, file: 'wish.json' })).changes.map(({ subject }) => subject)).toEqual(['0000:06:00.0']);
    const [, { code }] = await refusalOf({ verb: 'apply', text: 'formatVersion: 1\n', file: 'wish.json' });
    expect(code).toBe('wish-malformed');
  });
});

describe('the operation of a wish file', () => {
  it('makes all of it, with each step of what was planned later, and is in the journal with who and from where', async () => {
    const operation = await scene.carryOut(wish(ALL));
    const told = operation.problems.map(({ code, severity }) => `${severity} ${code}`);
    expect({ state: operation.state, told, changed: operation.changed }).toEqual({
      ...{ state: 'done', changed: true },
      told: ['warning memory-locked', 'warning migration-blocked'],
    });
    expect(operation.changes.map(({ verb, subject }) => `${verb} ${subject}`)).toEqual([
      'vf create 0000:02:00.0',
      'vf set 0000:02:10.0',
      'prepare 0000:06:00.0',
      'persist 0000:06:00.0',
      'pool create fast',
      'attach 0000:09:00.0 in pc',
      'attach 0000:02:10.1 in pc',
    ]);
    expect(operation.changes.filter(({ state, steps }) => state !== 'done' || steps.some((step) => step.state !== 'done'))).toEqual([]);
    expect(operation.answer).toMatchObject({ command: 'apply', dryRun: false, exitStatus: 0, changed: true });
    expect(operation.answer?.items).toHaveLength(7);
    expect([...new Set((await entries()).map(({ by }) => by))]).toEqual(['root, over the page from 127.0.0.1']);
    expect(scene.port.driverOf('0000:06:00.0')).toBe('vfio-pci');
    expect(await scene.plan(wish(ALL))).toMatchObject({ changed: false, changes: [], answer: { changed: false, items: [] } });
  });

  it('makes the pool that was shown', async () => {
    const plan = await scene.plan(wish('virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 1 }]\npools: [{ network: fast, functions: ["02:00.0"] }]\n'));
    const [, shown] = /<uuid>([^<]+)/.exec(JSON.stringify(plan.changes)) ?? [];
    await scene.ended((await scene.apply(plan)).json<Operation>().id);
    expect((await entries()).map(({ verb }) => verb)).toContain('pool create');
    expect(shown).toBeDefined();
    expect(JSON.stringify((await scene.plan({ verb: 'pool remove', network: 'fast' })).changes)).toContain(shown);
  });

  it('tells of itself without the text, which its plan has', async () => {
    const asked = wish('functions: [{ function: "06:00.0" }]\n', { file: 'host.yaml' });
    const plan = await scene.plan(asked);
    expect(plan.wish).toEqual(asked);
    const operation = (await scene.apply(plan)).json<Operation>();
    expect(operation.wish).toEqual({ verb: 'apply', file: 'host.yaml' });
    await scene.ended(operation.id);
    expect((await scene.ask('GET', '/operations')).text).not.toContain('functions: [');
  });

  it('is undone by one plan, to where it began', async () => {
    const began = await seen();
    const { id } = await scene.carryOut(wish(ALL));
    expect(await seen()).not.toEqual(began);
    const back = await scene.ask('POST', `/operations/${id}/undo`);
    expect(back.status).toBe(201);
    const undone = await scene.ended((await scene.apply(back.json<Plan>())).json<Operation>().id);
    expect({ state: undone.state, problems: undone.problems }).toEqual({ state: 'done', problems: [] });
    expect(await seen()).toEqual(began);
  });

  it('that fails at a late part is undone whole, and says of each change that it was', async () => {
    const beforeWrite = (path: string): void => {
      if (path.includes('0000:06:00.0/driver/unbind')) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    };
    await openAnew({ kernel: { beforeWrite } });
    const began = await seen();
    const operation = await scene.carryOut(wish(ALL));
    expect(operation).toMatchObject({ state: 'failed', changed: false, undoable: false });
    const states = new Map(operation.changes.map(({ verb, subject, state }) => [`${verb} ${subject}`, state]));
    expect([states.get('vf create 0000:02:00.0'), states.get('vf set 0000:02:10.0'), states.get('prepare 0000:06:00.0')]).toEqual([
      'undone',
      'undone',
      'undone',
    ]);
    expect([states.get('pool create fast'), states.get('attach 0000:09:00.0 in pc')]).toEqual(['waiting', 'waiting']);
    expect(await seen()).toEqual(began);
  });

  it('takes away what hostdev has made and the file does not name, where that is asked for', async () => {
    await scene.carryOut(wish('functions: [{ function: "06:00.0" }, { function: "09:00.0" }]\n'));
    const less = 'functions: [{ function: "06:00.0" }]\n';
    expect((await scene.plan(wish(less))).changed).toBe(false);
    const plan = await scene.plan(wish(less, { prune: true }));
    expect(plan.changes.map(({ verb, subject }) => `${verb} ${subject}`)).toEqual(['release 0000:09:00.0']);
    await scene.ended((await scene.apply(plan)).json<Operation>().id);
    expect([scene.port.driverOf('0000:06:00.0'), scene.port.driverOf('0000:09:00.0')]).toEqual(['vfio-pci', 'nvme']);
  });

  it('is refused where the host has changed since: nothing is written, and no record', async () => {
    const plan = await scene.plan(wish(ALL));
    await scene.port.write('/sys/bus/pci/devices/0000:06:00.0/driver/unbind', '0000:06:00.0');
    const before = scene.port.writes.length;
    const reply = await scene.apply(plan);
    expect([reply.status, reply.json<ProblemDetails>().code]).toEqual([412, 'plan-stale']);
    expect(scene.port.writes.length).toBe(before);
    expect(await entries()).toEqual([]);
  });

  it('is refused by a server that only shows, and without root; both plan', async () => {
    for (const [options, code] of [
      [{ readOnly: true }, 'read-only'],
      [{ isRoot: false }, 'not-root'],
    ] as const) {
      await openAnew(options);
      const reply = await scene.apply(await scene.plan(wish('functions: [{ function: "06:00.0" }]\n')));
      expect(reply.json<ProblemDetails>().code).toBe(code);
      expect(scene.port.driverOf('0000:06:00.0')).toBe('nvme');
    }
  });

  it('that its server left in the middle is taken back by recovering, by a plan that says so', async () => {
    await scene.carryOut({ verb: 'prepare', functions: ['0000:06:00.0'] });
    const id = 'part';
    const common = { time: '2026-11-26T08:00:00.000Z', boot: await bootId(scene.port), by: 'root', subject: '0000:09:00.0', whole: 'of a wish' };
    const [before, wanted] = [
      { driver: 'nvme', override: null },
      { driver: 'vfio-pci', override: 'vfio-pci' },
    ];
    await scene.port.write('/sys/bus/pci/devices/0000:09:00.0/driver_override', 'vfio-pci');
    await scene.port.write('/sys/bus/pci/devices/0000:09:00.0/driver/unbind', '0000:09:00.0');
    await scene.port.write('/sys/bus/pci/drivers_probe', '0000:09:00.0');
    await appendRecords(
      scene.stateDirectory,
      { ...common, kind: 'begin', id, verb: 'prepare', before, wanted },
      { kind: 'done', id, time: common.time, after: wanted },
    );
    const next = await scene.apply(await scene.plan(wish('slots: [{ fid: 0x17, state: standby }]\n')));
    expect(next.json<ProblemDetails>().code).toBe('recovery-needed');
    const plan = await scene.plan({ verb: 'recover' });
    expect(plan.notes.map(({ message }) => message)).toEqual(['prepare 0000:09:00.0 was interrupted: it was nvme, and is vfio-pci; it is undone']);
    const recovered = await scene.ended((await scene.apply(plan)).json<Operation>().id);
    expect({ state: recovered.state, problems: recovered.problems }).toEqual({ state: 'done', problems: [] });
    expect([scene.port.driverOf('0000:06:00.0'), scene.port.driverOf('0000:09:00.0')]).toEqual(['vfio-pci', 'nvme']);
  });

  it('needs no libvirt for what is the host’s alone', async () => {
    await scene.libvirt.stop();
    const operation = await scene.carryOut(wish('functions: [{ function: "06:00.0" }]\n'));
    expect(operation.state).toBe('done');
  });
});
