/** `npm run mutate`: which mutants are tried, and what is written about them. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LEFT } from '../scripts/mutation/left.mjs';
import { type Outcome, readOutcomes, roomSection, withSection } from '../scripts/mutation/report.mjs';
import { filesOf, ROOMS, roomNamed } from '../scripts/mutation/rooms.mjs';
import { keyOf, mutantsOf, rangeOf, sampleOf } from '../scripts/mutation/sample.mjs';

const KEYS = Array.from({ length: 200 }, (_, i) => `src/a.ts:${i}`);

describe('the sample', () => {
  it('is the same for the same seed, in whatever order mutants are listed, and another one for another', () => {
    const first = sampleOf(KEYS, { seed: 1, count: 20 });
    expect(sampleOf([...KEYS].reverse(), { seed: 1, count: 20 })).toEqual(first);
    expect(sampleOf(KEYS, { seed: 2, count: 20 })).not.toEqual(first);
  });

  it('has as many as are asked for, each once, and all where there are no more', () => {
    expect(new Set(sampleOf(KEYS, { seed: 1, count: 20 })).size).toBe(20);
    expect(sampleOf(KEYS, { seed: 1, count: 1000 }).sort()).toEqual([...KEYS].sort());
  });

  it('has in it what a smaller one has', () => {
    expect(sampleOf(KEYS, { seed: 1, count: 50 })).toEqual(expect.arrayContaining(sampleOf(KEYS, { seed: 1, count: 20 })));
  });
});

describe('the mutants of a file', () => {
  it('are told apart, also where they lie within one another or change the same place in different ways', async () => {
    const file = join(tmpdir(), 'mutated.ts');
    writeFileSync(file, 'export const small = (n: number): boolean =>\n  n < 3;\n');
    const mutants = await mutantsOf([file]);
    rmSync(file);
    expect(mutants.map(({ mutatorName, replacement }) => `${mutatorName} ${replacement}`).sort()).toEqual([
      'ArrowFunction () => undefined',
      'ConditionalExpression false',
      'ConditionalExpression true',
      'EqualityOperator n <= 3',
      'EqualityOperator n >= 3',
    ]);
    expect(new Set(mutants.map(keyOf)).size).toBe(5);
    // As Stryker's option `mutate` has it: lines from one, columns from nought, the end behind the last character.
    expect([...new Set(mutants.map((mutant) => rangeOf(mutant).replace(/^.*\.ts/, '')))].sort()).toEqual([':1:21-2:7', ':2:2-2:7']);
  });
});

describe('a room', () => {
  const below = (directory: string): string[] => readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((file) => `${directory}/${file}`);
  const tests = [...below('src'), ...below('test')];

  it.each(Object.keys(ROOMS))('%s has files, and every pattern of its tests finds some', (name) => {
    expect(filesOf(name).length).toBeGreaterThan(5);
    expect(filesOf(name).filter((file) => file.includes('.test.'))).toEqual([]);
    expect(roomNamed(name).tests.filter((pattern) => !tests.some((file) => matchesGlob(file, pattern)))).toEqual([]);
  });

  it('that there is none of is refused with those that there are', () => {
    expect(() => roomNamed('cellar')).toThrow("there is no room 'cellar' here; there are addressing, xml, state, plan, journal");
  });
});

describe('what is written about a room', () => {
  const outcome = (status: string, line: number): Outcome => ({ file: 'src/a.ts', line, was: 'a || b', becomes: 'a && b', mutator: 'LogicalOperator', status });
  const run = { room: 'plan', all: 900, sample: 9, seed: 7, minutes: 1.2, cut: false };

  it('counts what tests found, what took too long, and what neither', () => {
    const outcomes = ['Killed', 'Killed', 'Killed', 'Timeout', 'Survived', 'NoCoverage', 'RuntimeError'].map(outcome);
    const section = roomSection({ ...run, outcomes }, []);
    expect(section).toContain('Seed 7, 9 of 900 mutants, 2 minutes.');
    // What could not be run says nothing of the tests.
    expect(section).toContain('| 3 | 1 | 2 | 1 | 0 | **66 %** |');
  });

  it('never rounds up', () => {
    const outcomes = [...Array.from({ length: 849 }, () => 'Killed'), ...Array.from({ length: 151 }, () => 'Survived')].map(outcome);
    expect(roomSection({ ...run, outcomes }, [])).toContain('**84 %**');
  });

  it('names survivors in the order of the text, with the reason where there is one', () => {
    const outcomes = [outcome('Survived', 12), { ...outcome('NoCoverage', 3), becomes: 'false' }];
    const section = roomSection({ ...run, outcomes }, [{ file: 'src/a.ts', was: 'a || b', becomes: 'a && b', why: 'both are always the same' }]);
    expect(section.split('\n').slice(-2)).toEqual([
      '| src/a.ts:3 | `` a \\|\\| b `` → `` false `` | a test is missing |',
      '| src/a.ts:12 | `` a \\|\\| b `` → `` a && b `` | both are always the same |',
    ]);
    expect(section).toContain('| 0 | 0 | 2 | 1 | 1 | **0 %** |');
  });

  it('says how many were not tried when time was over', () => {
    expect(roomSection({ ...run, cut: true, outcomes: [outcome('Killed', 1)] }, [])).toContain('2 minutes; time was over, 8 were not tried.');
  });

  it('takes the place of what stood there, and leaves other rooms alone', () => {
    const page = 'a\n<!-- xml: written by npm run mutate -->\nold\n<!-- xml: end -->\nb\n';
    const once = withSection(page, 'xml', 'new');
    expect(once).toBe('a\n<!-- xml: written by npm run mutate -->\n\nnew\n\n<!-- xml: end -->\nb\n');
    expect(withSection(once, 'xml', 'new')).toBe(once);
    expect(() => withSection(page, 'plan', 'new')).toThrow('the page has no place for plan');
  });

  it('quotes what stood in the source, on one line', () => {
    const [source, results] = [join(tmpdir(), 'mutated.ts'), join(tmpdir(), 'results.jsonl')];
    writeFileSync(source, 'f(\n  a ||\n    b,\n);\n');
    const location = { start: { line: 2, column: 3 }, end: { line: 3, column: 6 } };
    writeFileSync(results, `${JSON.stringify({ fileName: source, location, mutatorName: 'LogicalOperator', replacement: 'a &&\n b', status: 'Killed' })}\n`);
    expect(readOutcomes(results)).toMatchObject([{ line: 2, was: 'a || b', becomes: 'a && b', status: 'Killed' }]);
    for (const file of [source, results]) rmSync(file);
  });
});

describe('docs/mutation.md', () => {
  const page = readFileSync('docs/mutation.md', 'utf8');

  it('has a place for every room', () => {
    for (const room of Object.keys(ROOMS)) expect(withSection(page, room, 'x')).toContain('x');
  });
});

describe('a mutant that is left', () => {
  const onOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

  it('still has its text in its file, and a reason', () => {
    expect(LEFT.filter(({ file, was }) => !onOneLine(readFileSync(file, 'utf8')).includes(was))).toEqual([]);
    expect(LEFT.filter(({ why }) => why.length < 20)).toEqual([]);
  });
});
