/** docs/json.md: what every command prints with --json is what its schema says. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandRow } from '../../src/cli/command/row.ts';
import { COMMANDS } from '../../src/cli/command/table.ts';
import { schemaFiles } from '../../src/cli/json/table.ts';
import { bareMachine } from '../bare-machine.ts';
import { hostdev } from '../capture.ts';
import { KINDS, machineWithEveryKind } from '../verdicts/kinds-of-functions.ts';
import { SAMPLES } from './samples.ts';
import { openScene, type Scene } from './scene.ts';

const ajv = new Ajv2020({ allErrors: true, strictTuples: false, allowUnionTypes: true });
const validators = new Map<string, ValidateFunction>(schemaFiles().map(([file, schema]) => [file, ajv.compile(schema)]));

function expectValid(file: string, value: unknown): void {
  const validate = validators.get(file);
  if (validate === undefined) throw new Error(`there is no schema ${file}`);
  validate(value);
  expect(validate.errors ?? [], `${file}: ${JSON.stringify(value, null, 1).slice(0, 3000)}`).toEqual([]);
}

/** Commands that print no JSON: a script for shells, the schemas themselves, and the page, whose API has its own. */
const WITHOUT_JSON: ReadonlySet<string> = new Set(['completion', 'schema', 'ui']);
/** What succeeds prints lines, which end when somebody ends them: below, and test/fleet/commands.test.ts. */
const STREAMS: ReadonlySet<string> = new Set(['agent', 'fleet list', 'fleet watch', 'watch']);
const withJson = Object.keys(COMMANDS).filter((name) => !WITHOUT_JSON.has(name));

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.end());

describe('every command of the table', () => {
  it('has --json, a schema, and samples that succeed and that are refused', () => {
    const options = (row: CommandRow): string[] => row.options.map(({ flags }) => flags);
    expect(Object.entries<CommandRow>(COMMANDS).filter(([name, row]) => options(row).includes('--json') === WITHOUT_JSON.has(name))).toEqual([]);
    for (const name of withJson) expect([...validators.keys()]).toContain(`${name.replaceAll(' ', '-')}.json`);
    expect(Object.keys(SAMPLES).toSorted()).toEqual(withJson.toSorted());
    for (const [name, samples] of Object.entries(SAMPLES)) {
      expect(
        samples.some(({ status, items = 0 }) => (status === 1 || status === 2) && (items === 0 || name === 'check')),
        name,
      ).toBe(true);
      if (!STREAMS.has(name))
        expect(
          samples.some(({ status }) => status === 0),
          name,
        ).toBe(true);
    }
  });
});

interface Said {
  readonly command: string;
  readonly exitStatus: number;
  readonly changed: boolean;
  readonly dryRun: boolean;
  readonly items: readonly unknown[];
  readonly problems: readonly { readonly code: string; readonly severity: string; readonly message: string }[];
}

describe.each(Object.entries(SAMPLES))('hostdev %s --json', (name, samples) => {
  it.each(samples.map((sample) => [sample.line, (sample.before ?? []).join(', then ') || (sample.given?.name ?? 'at first'), sample] as const))(
    '%s (%s) is what the schema says',
    async (line, _, sample) => {
      await sample.given?.(scene);
      for (const each of sample.before ?? []) expect(await scene.run(each)).toMatchObject({ status: 0 });
      const { status, stdout, stderr } = await scene.run(`${line} --json`);
      expect([status, stderr]).toEqual([sample.status, expect.any(String)]);
      const value = JSON.parse(stdout) as Said;
      expectValid(`${name.replaceAll(' ', '-')}.json`, value);
      if (name === 'snapshot' && status === 0) return;
      expect(value).toMatchObject({ formatVersion: 1, command: name, exitStatus: status, dryRun: line.includes('--dry-run') || name === 'diff' });
      if (sample.changed !== undefined) expect(value.changed).toBe(sample.changed);
      if (sample.items !== undefined) expect(value.items).toHaveLength(sample.items);
      const codes = value.problems.map(({ code }) => code);
      for (const code of sample.codes ?? []) expect(codes).toContain(code);
      // A difference is no failure.
      expect(value.problems.some(({ severity }) => severity === 'error')).toBe(status === 1 || status === 2);
    },
  );
});

describe('hostdev watch --json', () => {
  it('prints an event a line, each as the schema says', async () => {
    const watched = scene.run('watch --json --every 0.1 --for 1.5');
    await expect.poll(() => scene.libvirt.qemu.listeners.size).toBeGreaterThan(0);
    await setTimeout(300);
    await scene.run('prepare 6:0.0');
    scene.libvirt.qemu.start(scene.libvirt.qemu.named('web'), false);
    const { status, stdout } = await watched;
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    for (const event of events) expectValid('watch.json', event);
    expect([status, events]).toMatchObject([
      0,
      expect.arrayContaining([
        expect.objectContaining({ event: 'driver changed', hostAddress: '0000:06:00.0', guest: null }),
        expect.objectContaining({ event: 'guest started', hostAddress: null, guest: 'web' }),
      ]),
    ]);
  });

  it('prints none where nothing happens', async () => {
    expect(await scene.run('watch --json --for 0.1 --no-guests')).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

describe('what --force loses', () => {
  it('is said in a dry run, with the function that it is said of', async () => {
    const port = machineWithEveryKind();
    const machine = bareMachine([], { context: async () => ({ port, isRoot: true, readPciIds: async () => undefined }) });
    const { status, stdout } = await hostdev(['prepare', KINDS.network, '--force', '--dry-run', '--json'], '', machine);
    expectValid('prepare.json', JSON.parse(stdout));
    expect([status, JSON.parse(stdout)]).toMatchObject([
      0,
      { changed: true, dryRun: true, problems: [{ code: 'function-in-use', severity: 'warning', subject: KINDS.network }] },
    ]);
  });
});

describe('what is no command', () => {
  it('is refused in an envelope without command', async () => {
    const { status, stdout } = await hostdev(['no-such-command', '--json']);
    expectValid('no-command.json', JSON.parse(stdout));
    expect([status, JSON.parse(stdout)]).toMatchObject([2, { command: null, exitStatus: 2, items: [], problems: [{ code: 'usage' }] }]);
  });
});

describe('hostdev schema', () => {
  it.each(withJson)('%s prints what the package has in schemas/', async (name) => {
    const { status, stdout } = await hostdev(['schema', ...name.split(' ')]);
    expect(status).toBe(0);
    expect(stdout, 'npm run schemas writes it anew').toBe(readFileSync(`schemas/${name.replaceAll(' ', '-')}.json`, 'utf8'));
  });

  it('lists the commands, and says so where there is none', async () => {
    expect((await hostdev(['schema'])).stdout.trim().split('\n').toSorted()).toEqual(withJson.toSorted());
    expect(await hostdev(['schema', 'vf'])).toMatchObject({ status: 2, stderr: expect.stringMatching(/no command 'vf' prints JSON/) as string });
  });

  it('has a file for each schema and no others', () => {
    expect(readdirSync('schemas').toSorted()).toEqual(
      schemaFiles()
        .map(([file]) => file)
        .toSorted(),
    );
  });
});

describe('docs/json.md', () => {
  const text = readFileSync('docs/json.md', 'utf8');
  // A command, and the lines below it that are indented as deep.
  const examples = [...text.matchAll(/^ {4}\$ hostdev (.*)\n((?: {4}.*\n)*)/gm)].map(
    ([, line = '', output = '']) => [line, output.replaceAll(/^ {4}/gm, '')] as const,
  );

  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(2);
  });

  it.each(examples)('shows what is printed: hostdev %s', async (line, output) => {
    expect((await scene.run(line)).stdout).toBe(output);
  });
});
