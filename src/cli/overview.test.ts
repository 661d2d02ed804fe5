import { Help } from 'commander';
import { describe, expect, it } from 'vitest';
import { captureIo, hostdev } from '../../test/capture.ts';
import { COMMANDS } from './command/table.ts';
import { overview } from './overview.ts';
import { buildProgram } from './program.ts';

describe('the overview', () => {
  it.each([40, 60, 80, 100, 200])('looks on %i columns as commander writes the help of a command', (width) => {
    const program = buildProgram(captureIo().io, () => undefined);
    const help = Object.assign(program.createHelp(), { helpWidth: width });
    expect(help).toBeInstanceOf(Help);
    const lists = (text: string): string => text.slice(text.indexOf('Options:')).split("\n'hostdev help")[0]?.trimEnd() ?? '';
    expect(lists(overview(width))).toBe(lists(help.formatHelp(program, help)));
  });

  it('fits 80 columns and names every command', () => {
    const text = overview(80);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    for (const name of Object.keys(COMMANDS)) expect(text).toMatch(new RegExp(`^ {2}${name.split(' ')[0]}\\b`, 'm'));
  });

  it.each([['--help'], ['-h'], ['help']])('is what %s prints, and what is said where no command is named', async (word) => {
    const asked = await hostdev([word]);
    expect(asked).toEqual({ status: 0, stdout: overview(), stderr: '' });
    expect(await hostdev([])).toEqual({ status: 2, stdout: '', stderr: overview() });
  });
});
