/** Documents that list something are held against the thing itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CAUSES } from '../packaging/manual/causes.ts';
import { errorsPage } from '../packaging/manual/errors.ts';
import { COMMANDS } from '../src/cli/command/table.ts';
import { isShownAs } from './documents/console.ts';
import { retold } from './documents/tell.ts';

describe('docs/errors.md', () => {
  it('is what npm run manual makes of the table of codes', () => {
    expect(readFileSync('docs/errors.md', 'utf8'), 'npm run manual writes it anew').toBe(errorsPage());
  });

  it('says of every code what leads to it and what helps, in sentences', () => {
    expect(Object.values(CAUSES).flatMap((texts) => texts.filter((each) => !/^[\w`].{8,}\.$/.test(each)))).toEqual([]);
  });

  it('names only commands that there are', () => {
    const words = Object.values(CAUSES).flatMap((texts) => [...texts.join(' ').matchAll(/`hostdev ([a-z-]+)/g)].map(([, name = '']) => name));
    const known = new Set(['help', ...Object.keys(COMMANDS).map((name) => name.replace(/ .*/, ''))]);
    expect(words.filter((word) => !known.has(word))).toEqual([]);
    expect(words.length).toBeGreaterThan(20);
  });
});

describe('docs/addressing.md', () => {
  it('names files that are there, and every file of the rules names its section', () => {
    const text = readFileSync('docs/addressing.md', 'utf8');
    const named = [...text.matchAll(/`([a-z-]+(?:\/[a-z-]+)?\.ts)`/g)].map(([, file]) => `src/addressing/${file}`);
    expect(named.length).toBeGreaterThan(25);
    // What is made by a script has no rules of its own.
    const written = named.filter((file) => !readFileSync(file, 'utf8').includes('not by hand'));
    for (const file of written) expect(readFileSync(file, 'utf8').slice(0, 600), file).toMatch(/docs\/addressing\.md §\d+/);
  });
});

/** Stories that real kernels tell: `lab/demo.test.ts` holds them against what the demonstration printed. */
const TOLD_BY_THE_LABORATORY = ['docs/tutorial-pc.md', 'docs/tutorial-z.md'];

/**
 * Commands that are no example of a console: for each line of a block of `sh`, who carries it out, as it cannot be here. Those of
 * docs/reference.md are carried out by reference-examples.test.ts.
 */
const CARRIED_OUT: Readonly<Record<string, readonly [file: string, text: string, why: string]>> = {
  'npm run demo': ['lab/demo.test.ts', "process.execPath, 'build/lab/demo.mjs'", 'it starts emulated hosts'],
  'npm test': ['package.json', '"test": "node scripts/test.mjs --lab"', 'this is a part of it'],
};

const documents = ['README.md', ...readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name))].filter((name) =>
  name.endsWith('.md'),
);
const text = new Map(documents.map((file) => [file, readFileSync(file, 'utf8')]));

describe('documents', () => {
  const shown = documents.filter((file) => text.get(file)?.includes('```console') === true);

  it('that show a console are found', () => {
    expect(shown).toEqual(expect.arrayContaining(['README.md', 'docs/how-to/gpu.md', ...TOLD_BY_THE_LABORATORY]) as string[]);
  });

  const RETOLD_MS = 300_000;
  it.each(shown.filter((file) => !TOLD_BY_THE_LABORATORY.includes(file)))(
    '%s shows what its commands print; vitest -u writes it anew',
    { timeout: RETOLD_MS },
    async (file) => {
      await expect(await retold(file)).toMatchFileSnapshot(resolve(file));
    },
  );

  // docs/reference.md is made of the table of commands.
  it.each(['README.md', ...documents.filter((file) => /^docs\/(?:how-to|tutorial)/.test(file))])('%s has no command that nobody carries out', (file) => {
    const lines = [...(text.get(file) ?? '').matchAll(/^```(?:sh|bash|shell)\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) => block.trimEnd().split('\n'));
    const commands = lines.map((line) => line.replace(/ *#.*$/, ''));
    expect(commands.filter((command) => !(command in CARRIED_OUT))).toEqual([]);
    for (const command of commands) {
      const [by = '', proof = ''] = CARRIED_OUT[command] ?? [];
      expect(readFileSync(by, 'utf8')).toContain(proof);
    }
  });

  it('name only scripts of npm that there are', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };
    const named = [...text].flatMap(([file, all]) => [...all.matchAll(/npm run ([a-z:]+)/g)].map(([, name = '']) => `${file}: ${name}`));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((each) => scripts[each.replace(/.*: /, '')] === undefined)).toEqual([]);
  });

  it('refer only to files and sections that there are', () => {
    const titles = (file: string): string[] =>
      [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N} -]/gu, '')
          .replaceAll(' ', '-'),
      );
    const broken = [...text].flatMap(([file, all]) =>
      [...all.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].flatMap(([whole, path = '', section]) => {
        const target = path === '' ? file : join(dirname(file), path);
        if (!existsSync(target)) return [`${file}: ${whole}`];
        return section === undefined || titles(target).includes(section) ? [] : [`${file}: ${whole}`];
      }),
    );
    expect(broken).toEqual([]);
  });
});

describe('what a document leaves out', () => {
  it.each([
    ['one\ntwo\nthree\n', 'one\n…\nthree\n', true],
    ['one\nthree\n', 'one\n…\nthree\n', true],
    ['since 2026-11-26T09:05:34Z by uid 0\n', 'since … by uid 0\n', true],
    ['since 2026-11-26T09:05:34Z by uid 0\n', 'since … by uid 1\n', false],
    ['one\ntwo\nthree\n', 'one\nthree\n', false],
    ['a.b (c) [d]\n', 'a.b (c) [d]\n', true],
    ['axb\n', 'a.b\n', false],
    ['one\ntwo\n', 'one…\n', false],
  ])('%j is shown as %j: %s', (printed, said, is) => {
    expect(isShownAs(printed, said)).toBe(is);
  });
});
