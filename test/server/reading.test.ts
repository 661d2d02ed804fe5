/** What the server reads, held against the schemas that it tells and against what the commands print of the same machine. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { API, type Route, ROUTES } from '../../src/server/api/routes.ts';
import type { WholeState } from '../../src/server/api/state.ts';
import { fakeKernel } from '../../src/testing/fake-kernel.ts';
import { bareMachine } from '../bare-machine.ts';
import { hostdev, itemsOf } from '../capture.ts';
import { openServer, type Reply, type ServerScene } from './scene.ts';

let scene: ServerScene;
beforeEach(async () => {
  scene = await openServer();
});
afterEach(() => scene.end());

type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Readonly<{ responses: Record<string, { content?: Record<string, { schema: object }> }> }>>>>>;
};

/** What an answer is by the document that the server gives: undefined, or what is wrong with it. */
async function held(): Promise<(method: string, path: string, reply: Reply) => unknown> {
  const document = (await scene.raw('GET', `${API}/openapi.json`)).json<Document>();
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema(document, 'openapi.json');
  return (method, path, reply) => {
    const { responses } = document.paths[API + path]?.[method.toLowerCase()] ?? { responses: {} };
    const told = responses[String(reply.status)] ?? responses['default'];
    const type = reply.headers['content-type'] ?? '';
    if (told?.content?.[type] === undefined) return `no answer ${reply.status} ${type} is told of`;
    const pointer = [
      'paths',
      API + path,
      method.toLowerCase(),
      'responses',
      responses[String(reply.status)] === undefined ? 'default' : String(reply.status),
      'content',
      type,
      'schema',
    ]
      .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
      .map(encodeURIComponent)
      .join('/');
    const validate = ajv.compile({ $ref: `openapi.json#/${pointer}` });
    return validate(reply.json()) ? undefined : validate.errors;
  };
}

const READ: Readonly<Record<string, string>> = { '{address}': '0000:06:00.0', '{guest}': 'pc' };

/** What is read of a fleet: fleet.test.ts. */
const OF_FLEET = /^(fleet|placement)\b/;

const READING = Object.entries(ROUTES as Readonly<Record<string, Route>>)
  .filter(([name, { method, type }]) => method === 'GET' && type === undefined && !['get plan', 'operation'].includes(name) && !OF_FLEET.test(name))
  .map(([name, { path }]) => [name, path] as const);

describe('what is read', () => {
  it.each(READING)('%s is as the document of the server says', async (_, path) => {
    await scene.carryOut({ verb: 'prepare', functions: ['0000:09:00.0'], persist: true });
    const reply = await scene.ask(
      'GET',
      path.replaceAll(/\{\w+\}/g, (part) => READ[part] ?? part),
    );
    expect(reply.status).toBe(200);
    expect((await held())('GET', path, reply)).toBeUndefined();
  });

  it('and what is planned, done and refused is so as well', async () => {
    const check = await held();
    const plan = await scene.ask('POST', '/plans', { verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'persistent' });
    expect(check('POST', '/plans', plan)).toBeUndefined();
    const { id, hash } = plan.json<{ id: string; hash: string }>();
    const applied = await scene.ask('POST', `/plans/${id}/apply`, undefined, { 'If-Match': `"${hash}"` });
    expect(check('POST', '/plans/{id}/apply', applied)).toBeUndefined();
    const operation = await scene.ended(applied.json<{ id: string }>().id);
    expect(check('GET', '/operations/{id}', await scene.ask('GET', `/operations/${operation.id}`))).toBeUndefined();
    expect(check('POST', '/operations/{id}/undo', await scene.ask('POST', `/operations/${operation.id}/undo`))).toBeUndefined();
    expect(check('POST', '/plans', await scene.ask('POST', '/plans', { verb: 'prepare', functions: ['0000:05:00.0'] }))).toBeUndefined();
    expect(check('GET', '/functions/{address}', await scene.ask('GET', '/functions/0000:99:00.0'))).toBeUndefined();
  });

  it.each([
    ['/functions', 'list'],
    ['/slots', 'slot list'],
    ['/guests', 'guests'],
    ['/persistent', 'persistent'],
    ['/in-force', 'status'],
    ['/history', 'history'],
  ])('%s has the items that %s --json prints, word for word', async (path, command) => {
    await scene.carryOut({ verb: 'prepare', functions: ['0000:09:00.0'], persist: true });
    const machine = {
      ...bareMachine([], { stateDirectory: scene.stateDirectory, libvirtUri: `qemu+unix:///system?socket=${scene.libvirt.socket}` }),
      context: async () => scene.context,
    };
    const printed = itemsOf(await hostdev([...command.split(' '), '--json'], '', machine));
    expect(printed.length).toBeGreaterThan(0);
    expect((await scene.ask('GET', path)).json<{ items: unknown[] }>().items).toEqual(printed);
  });

  it('a function has the verdict, the words and the evidence of check and show', async () => {
    await scene.carryOut({ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'persistent' });
    const machine = { ...bareMachine(), context: async () => scene.context };
    for (const address of ['0000:05:00.0', '0000:06:00.0', '0007:00:00.0']) {
      const found = (await scene.ask('GET', `/functions/${address}`)).json<{ check: object; details: object }>();
      expect(found.check).toEqual(itemsOf(await hostdev(['check', address, '--json'], '', machine))[0]);
      expect(found.details).toEqual(itemsOf(await hostdev(['show', address, '--json'], '', machine))[0]);
    }
  });

  it('all that is said of a function is of one look, also while somebody follows the host', async () => {
    const following = scene.open(`${API}/events`);
    await new Promise<void>((resolve, reject) => {
      following.on('error', reject);
      following.on('response', (response) => void response.on('error', () => undefined).once('data', () => resolve()));
      following.end();
    });
    // The kernel says nothing of an override.
    await scene.port.write('/sys/bus/pci/devices/0000:06:00.0/driver_override', 'vfio-pci');
    await scene.port.write('/sys/bus/pci/devices/0000:06:00.0/driver/unbind', '0000:06:00.0');
    const found = (await scene.ask('GET', '/functions/0000:06:00.0')).json<Record<'function' | 'details' | 'check', Record<string, unknown>>>();
    expect(found.details['driver']).toBeNull();
    expect([found.function['driver'], found.function['verdict']]).toEqual([found.details['driver'], found.check['verdict']]);
    following.destroy();
  });

  it('the history of a function has what was done with it in guests', async () => {
    await scene.carryOut({ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'persistent' });
    await scene.carryOut({ verb: 'swap', guest: 'pc', old: '0000:06:00.0', next: '0000:09:00.0' });
    const verbs = async (address: string): Promise<string[]> =>
      (await scene.ask('GET', `/functions/${address}`)).json<{ history: { verb: string }[] }>().history.map(({ verb }) => verb);
    expect([new Set(await verbs('0000:06:00.0')), new Set(await verbs('0000:09:00.0'))]).toEqual([new Set(['attach', 'swap']), new Set(['swap'])]);
  });

  it('says what is wrong where libvirt is away, and reads the host all the same', async () => {
    const before = (await scene.ask('GET', '/state')).json<WholeState>();
    expect(before.host.libvirt.since).toBeNull();
    const began = Date.now();
    await scene.libvirt.stop();
    // What was read last is shown until it is read again.
    const state = async (): Promise<unknown> => (await scene.ask('GET', '/state')).json();
    await expect.poll(state).toMatchObject({ host: { libvirt: { reachable: false, problem: { code: 'libvirt-unreachable' } } }, guests: [] });
    const sinceOf = async (): Promise<string | null> => ((await state()) as WholeState).host.libvirt.since;
    const since = await sinceOf();
    expect(new Date(since ?? 0).getTime()).toBeGreaterThan(began - 1);
    expect(await sinceOf()).toBe(since);
    expect(await state()).toMatchObject({ functions: Array.from({ length: 6 }, () => ({ hostAddress: expect.any(String) as string })) });
  });
});

describe('what cannot be read', () => {
  const problemsOf = async (): Promise<WholeState['host']['problems']> => (await scene.ask('GET', '/state')).json<WholeState>().host.problems;

  it('of slots is not taken for none: it is not known, and why', async () => {
    await scene.end();
    const kernel = fakeKernel([{ address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6 }]);
    const list = async (path: string): Promise<readonly string[] | undefined> => (path === '/sys/bus/pci/slots' ? undefined : kernel.list(path));
    scene = await openServer({ machine: { ...kernel, list, refused: new Map([['/sys/bus/pci/slots', 'EACCES']]) } });
    expect(await problemsOf()).toMatchObject([
      { code: 'file-unreadable', subject: '/sys/bus/pci/slots', message: expect.stringContaining('not known') as string },
    ]);
  });

  it('of one list keeps that one from being answered, as its command is refused, and no other', async () => {
    await scene.libvirt.stop();
    const refused = await scene.ask('GET', '/guests');
    expect([refused.status, refused.json()]).toMatchObject([503, { code: expect.stringMatching(/^libvirt-/) as string, hint: expect.any(String) as string }]);
    expect((await scene.ask('GET', '/functions')).json<{ items: unknown[] }>().items).toHaveLength(6);
    await scene.end();
    const kernel = fakeKernel([]);
    scene = await openServer({ machine: { ...kernel, list: async (path) => (path === '/sys/bus/pci/devices' ? undefined : kernel.list(path)) } });
    for (const path of ['/functions', '/groups']) expect((await scene.ask('GET', path)).json()).toMatchObject({ code: 'no-pci' });
  });

  it('because of a bug is shown as it was, which the state says; the log has it once, with what was being done', async () => {
    await scene.end();
    const kernel = fakeKernel([{ address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6 }]);
    let isBroken = false;
    const list = async (path: string): Promise<readonly string[] | undefined> => {
      if (isBroken) throw new TypeError('entries is not iterable');
      return kernel.list(path);
    };
    const bugs: string[] = [];
    scene = await openServer({ machine: { ...kernel, list }, onBug: (error) => void bugs.push((error as Error).message) });
    const stream = scene.open('/api/v1/events');
    stream.on('error', () => undefined).end();
    await new Promise((resolve) => stream.on('response', resolve));
    expect(await problemsOf()).toEqual([]);
    isBroken = true;
    await expect.poll(problemsOf).toMatchObject([{ code: 'internal', message: expect.stringContaining('is shown as it was') as string }]);
    expect((await scene.ask('GET', '/functions')).json<{ items: unknown[] }>().items).toHaveLength(1);
    isBroken = false;
    await expect.poll(problemsOf).toEqual([]);
    stream.destroy();
    expect(bugs.filter((each) => each === 'reading the host: entries is not iterable')).toHaveLength(1);
    expect(bugs.every((each) => /^[\w ]+: entries is not iterable$/.test(each))).toBe(true);
  });
});
