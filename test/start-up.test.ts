/** What is loaded before a command does anything: a start is mostly that. Imports that are made when they are needed do not count. */
import { describe, expect, it } from 'vitest';
import { loadedAtOnce as loaded } from '../packaging/loaded-at-once.ts';

/** What can be told apart by where it is; the rest is a module of Node's or a package. */
const COSTLY = [
  'src/addressing/',
  'src/qmp/',
  'src/libvirt/',
  'src/guest/',
  'src/execute/executor.ts',
  'commander',
  'diff',
  'node:tls',
  'node:crypto',
  'node:zlib',
];

function costly(file: string): string[] {
  const all = loaded(file);
  return COSTLY.filter((each) => all.some((one) => one.startsWith(each)));
}

describe('what is loaded', () => {
  it('at every start is little', () => {
    expect(loaded('src/cli/start.ts')).toEqual([
      'node:path',
      'picocolors',
      'src/app/surroundings.ts',
      'src/cli/answer.ts',
      'src/cli/io.ts',
      'src/cli/main.ts',
      'src/cli/start.ts',
      'src/cli/terminal.ts',
      'src/errors.ts',
      'src/execute/journal/state-directory.ts',
      'src/printable.ts',
      'src/word-table.ts',
    ]);
  });

  it('for the help of the whole is the table of commands, and not commander', () => {
    expect(loaded('src/cli/overview.ts').filter((file) => !file.startsWith('src/cli/command/'))).toEqual(['src/cli/overview.ts', 'src/word-table.ts']);
  });

  it('to read the words is the table of commands and commander', () => {
    expect(loaded('src/cli/program.ts').filter((file) => !file.startsWith('src/cli/command/'))).toEqual([
      'commander',
      'src/cli/overview.ts',
      'src/cli/program.ts',
      'src/cli/suggestions.ts',
      'src/cli/version.ts',
      'src/errors.ts',
      'src/printable.ts',
      'src/word-table.ts',
    ]);
  });

  it('to list a machine is what reads, judges and draws: nothing of XML, JSON and the journal, no programs, no second way to files', () => {
    const all = loaded('src/cli/machine.ts', 'src/cli/commands/list.ts');
    const needless = /^src\/(?:xml|domain|plan|execute|cli\/json|files)\/|^node:(?!path$|fs$)|^libxml2/;
    expect(all.filter((file) => needless.test(file))).toEqual([]);
    expect(all.length).toBeLessThan(80);
  });

  it.each([
    ['complete/complete', ['src/addressing/', 'node:zlib']],
    ['commands/list', []],
    ['commands/show', ['node:zlib']],
    ['commands/check', ['node:zlib']],
    ['commands/prepare', ['src/execute/executor.ts', 'node:crypto', 'node:zlib']],
    ['commands/vf', ['src/execute/executor.ts', 'node:crypto', 'node:zlib']],
    ['commands/slot', ['src/execute/executor.ts', 'node:crypto', 'node:zlib']],
    ['commands/persistent', ['src/execute/executor.ts', 'node:crypto', 'node:zlib']],
    ['commands/undo', ['src/execute/executor.ts', 'node:crypto', 'node:zlib']],
    ['commands/completion', []],
    ['commands/snapshot', ['node:zlib']],
  ] as const)('for %s is nothing costly but %j', (file, may) => {
    expect(costly(`src/cli/${file}.ts`).filter((each) => !may.some((one) => one === each))).toEqual([]);
  });
});
