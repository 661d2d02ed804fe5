/** What is so already is no failure and no change, whatever the verb; and what would be is told of every machine that can be looked at. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandRow } from '../../src/cli/command/row.ts';
import { COMMANDS, type CommandName } from '../../src/cli/command/table.ts';
import { openScene, type Scene } from './scene.ts';

const INIT = 'fleet init dir:DIR/fleet';
const JOIN = 'fleet join dir:DIR/fleet --name kvm1';

/** Command lines that are run twice; and what has to be so before. */
const TWICE: Partial<Record<CommandName, readonly (readonly [line: string, ...before: string[]])[]>> = {
  attach: [
    ['attach DIR/pc.xml 6:0.0'],
    ['attach DIR/z.xml 6:0.0 --uid 0x21 --fid 7'],
    ['attach web 6:0.0 -y'],
    ['attach pc 6:0.0 --persistent -y'],
    ['attach pc 5:0.0 --group --live -y'],
    ['attach QMP 6:0.0 -y'],
  ],
  detach: [
    ['detach DIR/z.xml 0007:00:00.0'],
    ['detach web 0007:00:00.0 -y'],
    ['detach pc 6:0.0 --persistent -y', 'attach pc 6:0.0 --persistent -y'],
    ['detach QMP 6:0.0 -y', 'attach QMP 6:0.0 -y'],
  ],
  swap: [['swap web 0007:00:00.0 6:0.0 -y'], ['swap pc 6:0.0 0007:00:00.0 -y', 'attach pc 6:0.0 --persistent -y']],
  'pool create': [['pool create vfs 2:0.0'], ['pool create vfs 2:0.0 --autostart'], ['pool create some 2:10.0 2:10.1', 'vf create 2:0.0 2']],
  'pool remove': [['pool remove vfs', 'pool create vfs 2:0.0']],
  prepare: [['prepare 6:0.0'], ['prepare 5:0.0 --group -y'], ['prepare 5:0.0 5:0.1 --persist']],
  release: [
    ['release 6:0.0', 'prepare 6:0.0'],
    ['release 5:0.0 --group -y', 'prepare 5:0.0 5:0.1'],
  ],
  'vf create': [['vf create 2:0.0 2'], ['vf create 2:0.0 2 --persist']],
  'vf remove': [['vf remove 2:0.0', 'vf create 2:0.0 2 --persist']],
  'vf set': [['vf set 2:10.0 --vlan 5 --trust on --mac 52:54:00:00:00:01', 'vf create 2:0.0 2']],
  'slot on': [['slot on 0x17', 'slot off 0x17']],
  'slot off': [['slot off 0x17']],
  'persistent remove': [['persistent remove 5:0.0 5:0.1', 'prepare 5:0.0 5:0.1 --persist']],
  expand: [['expand DIR/z.xml DIR/pc.xml --host none --in-place']],
  apply: [['apply -f DIR/wish.yaml -y'], ['apply DIR/virtual.yaml -y'], ['apply DIR/virtual.yaml --prune -y', 'apply -f DIR/wish.yaml -y']],
  undo: [['undo -y', 'prepare 6:0.0', 'slot off 0x17']],
  'fleet init': [[INIT]],
  'fleet join': [[JOIN, INIT]],
  'fleet mapping set': [['fleet mapping set nic --match 8086:*', INIT, JOIN]],
  'fleet mapping remove': [['fleet mapping remove nic', INIT, JOIN, 'fleet mapping set nic --match 8086:*']],
};

/** Verbs that are about how many come: again means more of them. */
const ADDING: readonly CommandName[] = ['ports'];
/** Verbs that make a function anew: again means once more. */
const ANEW: readonly CommandName[] = ['slot reset', 'slot reconfigure'];
/** Of a mapping, again means another function of it; of one function, that somebody has it, who may be another one of that name. */
const CLAIMING: readonly CommandName[] = ['fleet claim'];
const AGAIN_IS_MORE: ReadonlySet<string> = new Set([...ADDING, ...ANEW, ...CLAIMING]);
/** Whoever names what a fleet does not have has misspelt it, or means another fleet: that is said. */
const OF_WHAT_IS_THERE: ReadonlySet<string> = new Set<CommandName>(['fleet release', 'fleet forget', 'fleet leave']);
/** Its plan is what the journal of this machine says, and another one's journal is not here; a fleet is looked at from a machine of it. */
const isOfThisMachine = (name: string): boolean => name === 'undo' || name.startsWith('fleet ');

const rows = Object.entries<CommandRow>(COMMANDS) as [CommandName, CommandRow][];
const planning = rows.filter(([, { options }]) => options.some(({ flags }) => flags === '--dry-run')).map(([name]) => name);

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.end());

interface Said {
  readonly exitStatus: number;
  readonly changed: boolean;
  readonly dryRun: boolean;
  readonly items: readonly { readonly after?: unknown }[];
  readonly problems: readonly { readonly severity: string }[];
}

/** What a plan says that will be: null is what it does not know yet. */
function foretold(after: unknown): unknown {
  if (typeof after !== 'object' || after === null || Array.isArray(after)) return after;
  return Object.fromEntries(Object.entries(after).filter(([, value]) => value !== null));
}

const said = async (line: string): Promise<Said> => {
  const { stdout, stderr } = await scene.run(`${line} --json`);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Said;
};

describe('every verb that changes something', () => {
  it('is in the table of those that are done twice', () => {
    expect(planning.filter((name) => !(name in TWICE) && !AGAIN_IS_MORE.has(name) && !OF_WHAT_IS_THERE.has(name))).toEqual([]);
  });

  it.each(Object.values(TWICE).flatMap((lines) => lines.map(([line, ...before]) => [line, before] as const)))(
    'hostdev %s changes nothing the second time, and is no failure',
    async (line, before) => {
      for (const each of before) expect(await scene.run(each)).toMatchObject({ status: 0 });
      const planned = line.startsWith('expand') ? undefined : await said(`${line} --dry-run`);
      // Whoever asks whether host and wish differ asks by the exit status.
      if (planned !== undefined) expect(planned).toMatchObject({ exitStatus: line.startsWith('apply') ? 3 : 0, changed: true, dryRun: true });
      const done = await said(line);
      expect(done).toMatchObject({ exitStatus: 0, changed: true, dryRun: false });
      if (planned !== undefined && !line.startsWith('apply'))
        expect(done.items.map(({ after }) => after)).toMatchObject(planned.items.map(({ after }) => foretold(after)));
      for (const again of line.startsWith('expand') ? [line] : [`${line} --dry-run`, line])
        expect(await said(again)).toMatchObject({ exitStatus: 0, changed: false });
    },
  );

  it('says of ports that are added that they are more each time', async () => {
    for (let time = 0; time < 2; time += 1) expect(await said('ports pc --add 1')).toMatchObject({ exitStatus: 0, changed: true });
  });

  it.each(planning.filter((name) => !isOfThisMachine(name)))('hostdev %s has --root and --host with --dry-run', (name) => {
    const flags = (COMMANDS[name] as CommandRow).options.map((option) => option.flags);
    expect(flags.filter((each) => each.startsWith('--root') || each.startsWith('--host <'))).toHaveLength(2);
  });
});

/** A line of each planning verb that a copy of the machine is enough for, with no journal and no tools. */
const ELSEWHERE = [
  'attach DIR/pc.xml 6:0.0',
  'attach pc 6:0.0 --config',
  'detach web 0007:00:00.0',
  'swap web 0007:00:00.0 6:0.0',
  'ports pc --add 1',
  'pool create vfs 2:0.0',
  'prepare 6:0.0',
  'vf create 2:0.0 2',
  'slot off 0x17',
];

describe('a plan for another machine', () => {
  it.each(ELSEWHERE)('is shown by %s --dry-run --host FILE', async (line) => {
    const file = join(scene.directory, 'host.json');
    writeFileSync(file, (await scene.run('snapshot')).stdout);
    expect(await said(`${line} --dry-run --host ${file}`)).toMatchObject({ exitStatus: 0, changed: true, dryRun: true });
  });

  it.each(ELSEWHERE.filter((line) => !line.includes('.xml')))('is not carried out by %s --host FILE', async (line) => {
    const file = join(scene.directory, 'host.json');
    writeFileSync(file, (await scene.run('snapshot')).stdout);
    expect(await said(`${line} --host ${file}`)).toMatchObject({ exitStatus: 2, changed: false, problems: [{ code: 'option-conflict' }] });
  });
});

describe('what a guest has already', () => {
  it.each([
    ['attach pc 6:0.0 --persistent -y', 'attach pc 6:0.0 --persistent -y'],
    ['attach web 6:0.0 --uid 0x31 --fid 5 --config -y', 'attach web 6:0.0 --config'],
    ['swap web 0007:00:00.0 6:0.0 -y', 'swap web 0007:00:00.0 6:0.0 -y'],
  ])('after %s is where it was put', async (first, again) => {
    const placesOf = async (line: string): Promise<unknown> => {
      const { items } = JSON.parse((await scene.run(`${line} --json`)).stdout) as {
        items: { functions: { guestAddress: unknown; uid: unknown; fid: unknown }[] }[];
      };
      return items.flatMap(({ functions }) => functions.map(({ guestAddress, uid, fid }) => ({ guestAddress, uid, fid })));
    };
    const put = await placesOf(first);
    expect(put).toMatchObject([{ guestAddress: expect.stringMatching(/^0000:/) as string }]);
    expect(await placesOf(again)).toEqual(put);
  });
});
