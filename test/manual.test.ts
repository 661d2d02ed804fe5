/** Manual pages and reference are made from the table of commands; roff itself looks at the pages in the laboratory (lab/packages.test.ts). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { optionMacro, paragraph, wordMacro } from '../packaging/manual/mdoc.ts';
import { manualPages, sentence } from '../packaging/manual/pages.ts';
import { reference } from '../packaging/manual/reference.ts';
import { TEXTS } from '../packaging/manual/texts.ts';
import type { CommandRow } from '../src/cli/command/row.ts';
import { COMMANDS } from '../src/cli/command/table.ts';
import { orderWords } from '../src/cli/command/word-order.ts';
import { buildProgram } from '../src/cli/program.ts';
import { captureIo } from './capture.ts';

const pages = manualPages({ date: new Date('2026-11-26T00:00:00Z') });

describe('docs/reference.md', () => {
  it('is what npm run manual makes of the table of commands', () => {
    expect(readFileSync('docs/reference.md', 'utf8'), 'npm run manual writes it anew').toBe(reference());
  });
});

describe('the manual pages', () => {
  it('are one for each command, and one for all', () => {
    expect([...pages.keys()].toSorted()).toEqual(['hostdev.1', ...Object.keys(COMMANDS).map((name) => `hostdev-${name.replaceAll(' ', '-')}.1`)].toSorted());
  });

  it.each(Object.entries<CommandRow>(COMMANDS))('name every word and option of %s', (name, { words, options }) => {
    const page = pages.get(`hostdev-${name.replaceAll(' ', '-')}.1`) ?? '';
    for (const { flags } of options) expect(page).toContain(`\n.It ${optionMacro(flags)}\n`);
    for (const { word } of words) expect(page).toContain(`\n.It ${wordMacro(word)}\n`);
    expect(pages.get('hostdev.1')).toContain(`\n.It Xr hostdev-${name.replaceAll(' ', '-')} 1\n`);
  });

  it('are ASCII, in short lines of text, whatever is said in them', () => {
    for (const [name, page] of pages) {
      expect(
        [...page].filter((character) => character !== '\n' && !/[ -~]/.test(character)),
        name,
      ).toEqual([]);
      expect(
        page.split('\n').filter((line) => line.length > 80 && !line.startsWith('.')),
        name,
      ).toEqual([]);
    }
  });

  it.each([
    ['-c, --connect <uri>', 'Fl c , Fl -connect Ar uri'],
    ['--wait[=seconds]', 'Fl -wait Ns Op = Ns Ar seconds'],
    ['--managed <yes|no>', 'Fl -managed Ar yes|no'],
    ['-y, --yes', 'Fl y , Fl -yes'],
    ['--boot-order <n>', 'Fl -boot-order Ar \\&n'],
  ])('write %s as %s', (flags, macro) => {
    expect(optionMacro(flags)).toBe(macro);
  });

  it.each([
    ['.Sh is no request here', ['\\&.Sh is no request here']],
    ["'so' neither", ["\\&'so' neither"]],
    ['C:\\dir', ['C:\\edir']],
    ['with --force. Then all', ['with \\-\\-force.', 'Then all']],
    ['ids … 0–9', ['ids ... 0\\[u2013]9']],
  ])('print the text %s as it is', (text, lines) => {
    expect(paragraph(text)).toEqual(lines);
  });

  it('begin what is no name with a capital letter', () => {
    expect(["libvirt's URI", 'zPCI id', 'print JSON', 'MAC address'].map(sentence)).toEqual(["libvirt's URI.", 'zPCI id.', 'Print JSON.', 'MAC address.']);
  });

  it.each(Object.entries(TEXTS).flatMap(([name, { examples = [] }]) => examples.map(([, line]) => [line, name] as const)))(
    'show an example that is understood: hostdev %s',
    async (line, name) => {
      const { io, stderr } = captureIo();
      const program = buildProgram(io, () => undefined);
      const ran: string[] = [];
      const listen = (commands: typeof program.commands, before: readonly string[]): void => {
        for (const command of commands) {
          const words = [...before, command.name()];
          command.action(() => void ran.push(words.join(' ')));
          listen(command.commands, words);
        }
      };
      listen(program.commands, []);
      await program.parseAsync(orderWords(line.split(' ')), { from: 'user' });
      expect([ran, stderr()]).toEqual([[name], '']);
    },
  );
});
