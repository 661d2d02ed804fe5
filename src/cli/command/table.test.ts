import { describe, expect, expectTypeOf, it } from 'vitest';
import { captureIo } from '../../../test/capture.ts';
import { buildProgram } from '../program.ts';
import { type OptionRow, optionKey } from './row.ts';
import { COMMANDS, type Options, type Words } from './table.ts';

describe('the table of commands', () => {
  it('gives each command the options that commander reads', () => {
    const program = buildProgram(captureIo().io, () => undefined);
    for (const [name, row] of Object.entries(COMMANDS)) {
      const command = name.split(' ').reduce((parent, word) => parent.commands.find((child) => child.name() === word) ?? parent, program);
      const rows: readonly OptionRow[] = row.options;
      expect([name, command.options.map((option) => option.attributeName())]).toEqual([name, rows.map(optionKey)]);
      // A switch and what takes it back are one.
      const taken = rows.filter(({ flags }) => flags.startsWith('--no-') && rows.some((other) => other.flags === flags.replace('--no-', '--')));
      expect(new Set(rows.map(optionKey)).size, name).toBe(rows.length - taken.length);
    }
  });

  it('says what they are: a value, one that may be empty, or none', () => {
    expectTypeOf<Options<'prepare'>['wait']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Options<'prepare'>['dryRun']>().toEqualTypeOf<boolean | undefined>();
    expectTypeOf<Options<'detach'>['release']>().toEqualTypeOf<boolean | undefined>();
    expectTypeOf<Options<'attach'>['guestAddress']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Options<'guests'>['connect']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Words<'swap'>>().toEqualTypeOf<readonly [string, string, string]>();
    expectTypeOf<Words<'attach'>>().toEqualTypeOf<readonly [string, readonly string[]]>();
    expectTypeOf<Words<'pool show'>>().toEqualTypeOf<readonly [string | undefined]>();
    expect(optionKey({ flags: '-c, --connect <uri>', text: '' })).toBe('connect');
    expect(optionKey({ flags: '--no-release', text: '' })).toBe('release');
  });

  it('has help that fits a terminal of 80 columns', () => {
    const program = buildProgram(captureIo().io, () => undefined).configureOutput({ getOutHelpWidth: () => 80 });
    const all = [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)];
    const texts = all.map((command) => command.configureOutput({ getOutHelpWidth: () => 80 }).helpInformation());
    expect(texts.flatMap((text) => text.split('\n')).filter((line) => line.length > 80)).toEqual([]);
    expect(texts.length).toBeGreaterThan(30);
  });
});
