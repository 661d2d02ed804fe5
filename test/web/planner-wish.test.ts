/** A wish in the planner: told from what else is given, and said what the command says of it on a snapshot of the same host. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { editedText, givenFile, isWish } from '../../src/web/planner/model/definition.ts';
import { readPlannerHost, UNKNOWN_HOST } from '../../src/web/planner/model/planner-host.ts';
import { lookAtWish } from '../../src/web/planner/model/wish-look.ts';
import { wishTexts } from '../../src/web/planner/model/wish-texts.ts';
import { hostdev } from '../capture.ts';
import { RECIPES, startMachine } from '../documents/machines.ts';
import type { MachineRecipe } from '../documents/recipe.ts';

const EXAMPLES = new URL('../../src/web/planner/examples/', import.meta.url);
const example = (name: string): string => readFileSync(new URL(name, EXAMPLES), 'utf8');

const directory = mkdtempSync(join(tmpdir(), 'hostdev-planner-wish-'));
afterAll(() => rmSync(directory, { recursive: true }));

const inDirectory = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};

/** What the planner and the command say of a wish on a host that is in a file. */
async function bothOn(host: string, name: string, text: string): Promise<Record<'page' | 'command', Record<string, unknown>>> {
  const path = inDirectory(name, text);
  const look = await lookAtWish({ name: path, text }, await readPlannerHost({ name: host, text: readFileSync(host, 'utf8') }));
  const page = Object.fromEntries(wishTexts(look, host).map(({ words, out, err }) => [words, { out, err }]));
  const command: Record<string, unknown> = {};
  for (const words of Object.keys(page)) {
    const { stdout, stderr } = await hostdev(words.split(' ').slice(1));
    command[words] = { out: stdout, err: stderr };
  }
  expect(Object.keys(page).map((words) => words.split(' ')[1])).toEqual(['diff', 'apply']);
  return { page, command };
}

const wish = (text: string): string => `formatVersion: 1\n${text}`;

const OF_PC: Readonly<Record<string, string>> = {
  'virtual functions with settings, which are there later': wish(
    'virtualFunctions: [{ physicalFunction: "0000:04:00.0", numVfs: 2, persist: true, settings: [{ index: 0, mac: "52:54:00:aa:bb:42", vlan: 42 }] }]\n',
  ),
  'functions at every boot, and what guests have': wish(
    'functions: [{ function: "0000:03:00.0", persist: true }]\nguests: [{ guest: web, hostdevs: [{ function: "0000:03:00.0" }, { function: { physicalFunction: "0000:04:00.0", index: 0 } }] }]\n',
  ),
  'a pool': wish('pools: [{ network: fast, functions: ["0000:04:00.0"] }]\n'),
  'a function that the host uses': wish('functions:\n  - function: "0000:02:00.0"\n'),
  'a function that is not there, and one that is meant by its kind': wish(
    'functions:\n  - function: "0000:99:00.0"\nvirtualFunctions:\n  - { physicalFunction: { match: { vendor: "0x144d", device: "0xffff" } }, numVfs: 1 }\n',
  ),
  'more virtual functions than there may be': wish('virtualFunctions:\n  - { physicalFunction: "0000:04:00.0", numVfs: 200 }\n'),
  'one function under two names': wish('functions: [{ function: "0000:03:00.0" }, { function: "03:00.0" }]\n'),
  'a function that is prepared, and has virtual functions': wish(
    'functions: [{ function: "0000:04:00.0" }]\nvirtualFunctions: [{ physicalFunction: "0000:04:00.0", numVfs: 2 }]\n',
  ),
  'everything at once, as JSON': JSON.stringify({
    formatVersion: 1,
    functions: [{ function: '0000:03:00.0', persist: true }],
    pools: [{ network: 'a', functions: ['0000:04:00.0'] }],
  }),
  nothing: wish('slots: []\n'),
};

const OF_Z: Readonly<Record<string, string>> = {
  'a slot that goes to standby': wish('slots: [{ fid: 0x52, state: standby }]\n'),
  'a slot that the host uses': wish('slots:\n  - { fid: 0x51, state: standby }\n'),
  'a slot that is not there': wish('slots:\n  - { fid: 0x77, state: configured }\n'),
  'a disk by its function id, for a guest': wish(
    'functions: [{ function: "fid=0x60", persist: true }]\nguests: [{ guest: linux1, hostdevs: [{ function: { fid: 0x60 }, uid: "0x0001" }] }]\n',
  ),
  'what goes and stays at once': wish('slots: [{ fid: 0x52, state: standby }]\nfunctions: [{ function: "fid=0x52" }]\n'),
};

/** Wrong on any host. */
const WRONG: Readonly<Record<string, string>> = {
  'values that others read otherwise': wish('functions:\n  - function: 0000:03:00.0\n    persist: yes\n'),
  'names that are not there': 'formatVersion: 1\nfunctoins: []\nslots: [{ fid: 0x1 }]\n',
  'a contradiction in itself': wish('slots: [{ fid: 0x52, state: standby }, { fid: 0x52, state: configured }]\n'),
  'text that is no YAML': wish('slots: [\n'),
  'an empty file': '',
};

const MACHINES = Object.entries(RECIPES).map(([name, recipe]) => ({ name, recipe, wishes: { ...(name === 'z' ? OF_Z : OF_PC), ...WRONG } }));

describe.each(MACHINES)('on the machine of the documents $name', ({ name: machine, recipe, wishes }) => {
  const host = join(directory, `${machine}.json`);
  it.each(Object.entries(wishes))('the planner says what the command says of %s', async (_, text) => {
    await snapshotOf(recipe, host);
    const { page, command } = await bothOn(host, text.startsWith('{') ? 'wish.json' : 'wish.yaml', text);
    expect(page).toEqual(command);
  });
});

const made = new Set<string>();

async function snapshotOf(recipe: MachineRecipe, path: string): Promise<void> {
  if (made.has(path)) return;
  made.add(path);
  const machine = await startMachine(recipe);
  const { stdout, status } = await hostdev(['snapshot'], '', machine.as('root'));
  await machine.stop();
  expect(status).toBe(0);
  writeFileSync(path, stdout);
}

describe('an example', () => {
  it.each([
    ['wish-z.yaml', 'z.json', ['slot off 00000052', 'prepare 0030:00:00.0', 'persist 0030:00:00.0'], 1],
    [
      'wish-pc.yaml',
      'pc.json',
      ['vf create 0000:04:00.0', 'persist 0000:04:00.0', 'prepare 0000:01:00.0', 'prepare 0000:01:00.1', 'persist 0000:01:00.0', 'persist 0000:01:00.1'],
      2,
    ],
  ])('%s on %s has a plan with steps, what undoes them, and what is planned later', async (name, host, changes, later) => {
    const look = await lookAtWish({ name, text: example(name) }, await readPlannerHost({ name: host, text: example(host) }));
    expect(look.problems).toEqual([]);
    const plan = look.applied?.plan;
    expect(plan?.changes.map(({ verb, subject }) => `${verb} ${subject}`)).toEqual(changes);
    expect(plan?.changes.every(({ steps, undo }) => steps.length > 0 && undo.length > 0)).toBe(true);
    expect(plan?.later).toHaveLength(later);
    const { page, command } = await bothOn(new URL(host, EXAMPLES).pathname, name, example(name));
    expect(page).toEqual(command);
  });
});

describe('what a wish is planned on', () => {
  const text = example('wish-z.yaml');
  it('is a snapshot: without one, and with a list of functions, no plan is made, and what is wrong is told all the same', async () => {
    const { stdout } = await hostdev(['list', '--json', '--host', new URL('z.json', EXAMPLES).pathname]);
    for (const host of [UNKNOWN_HOST, await readPlannerHost({ name: 'list.json', text: stdout })]) {
      expect(await lookAtWish({ name: 'w.yaml', text }, host)).toMatchObject({ problems: [], applied: undefined, differing: undefined });
      const wrong = await lookAtWish({ name: 'w.yaml', text: `${text}nothing: 1\n` }, host);
      expect(wrong.problems).toMatchObject([{ code: 'wish-malformed', location: { file: 'w.yaml', line: 13, column: 1 } }]);
    }
  });

  it('what is refused there has its place in the wish', async () => {
    const host = await readPlannerHost({ name: 'z.json', text: example('z.json') });
    const { problems } = await lookAtWish({ name: 'w.yaml', text: wish('slots:\n  - { fid: 0x77, state: standby }\n') }, host);
    expect(problems).toMatchObject([{ code: 'slot-unknown', location: { file: 'w.yaml', line: 3, column: 5 } }]);
  });
});

describe('a snapshot', () => {
  it('does not change, so nothing is waited for that it shows, which may pass on a host', async () => {
    const files = { ...RECIPES['pc']?.files, '/proc/1/comm': 'systemd\n', '/proc/42/comm': '(udev-worker)\n', '/proc/42/fd/9': '→ /dev/nvme1n1' };
    const host = join(directory, 'udev.json');
    await snapshotOf({ functions: [], guests: [], directory: {}, pciIds: '', ...RECIPES['pc'], files }, host);
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const look = await lookAtWish(
      { name: 'w.yaml', text: wish('functions: [{ function: "0000:03:00.0" }]\n') },
      await readPlannerHost({ name: host, text: readFileSync(host, 'utf8') }),
    );
    expect(look.problems).toMatchObject([{ code: 'function-in-use', message: expect.stringContaining('open by (udev-worker)') as string }]);
    expect(timers).not.toHaveBeenCalled();
    timers.mockRestore();
  });
});

describe('what is given', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  it.each([
    ['YAML that begins as a wish', 'some.txt', '# ours\nformatVersion: 1\n', true],
    ['JSON that begins as a wish', 'wish.json', '{\n  "slots": [], "formatVersion": 1\n}\n', true],
    ['YAML in braces', 'a', '{ formatVersion: 1 }', true],
    ['a file that is called as YAML is, whatever is wrong in it', 'w.yaml', 'slotss: []\n', true],
    ['a snapshot', 'a.json', example('z.json'), false],
    ['a text that is neither', 'a', 'root:x:0', false],
  ])('%s: whether that is a wish', (_, name, text, isOne) => {
    const given = givenFile(name, bytes(text));
    expect(given.kind === 'definition' && isWish(given)).toBe(isOne);
    expect(given.kind).toBe(isOne ? 'definition' : 'host');
  });

  it('what commands print with --json is of a host, which has a version, too', async () => {
    const { stdout } = await hostdev(['list', '--json', '--host', new URL('z.json', EXAMPLES).pathname]);
    expect(stdout).toMatch(/^\{\s*"formatVersion"/);
    expect(givenFile('list.json', bytes(stdout)).kind).toBe('host');
  });

  it('bytes that are no text, and more than a wish may have, are refused as the command refuses them', () => {
    expect(() => givenFile('w.yaml', Uint8Array.of(0x61, 0xff))).toThrow('w.yaml is not text in UTF-8');
    expect(() => givenFile('w.yaml', bytes(`formatVersion: 1\n${'#'.repeat(1024 * 1024)}`))).toThrow('w.yaml has more than 1 MiB');
  });

  it('a wish that is pasted over a definition is called a wish from then on, also while it is emptied, and the other way round', () => {
    const pasted = editedText({ name: 'roce.xml', text: '<domain/>' }, 'formatVersion: 1\n');
    expect(pasted.name).toBe('wish.yaml');
    expect(editedText(pasted, '')).toEqual({ name: 'wish.yaml', text: '' });
    expect(editedText(pasted, '<domain/>').name).toBe('guest.xml');
    expect(editedText({ name: 'mine.yaml', text: 'slots: []' }, 'slots: [ ]').name).toBe('mine.yaml');
    expect(isWish({ name: 'roce.xml', text: '' })).toBe(false);
  });
});
