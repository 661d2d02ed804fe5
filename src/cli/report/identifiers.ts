/** What the words of a command line identify. */
import { identifiersOfFile, identifiersOfGuest, identifiersOfUri } from '../../app/report-words.ts';
import type { ReadStdin } from '../../guest/definition-file.ts';
import { type Identifier, networkIdentifiers } from '../../host/identifying.ts';
import type { CommandRow } from '../command/row.ts';
import { COMMANDS } from '../command/table.ts';
import type { ReadingCommand } from './command-line.ts';

export async function identifiersOfWords({ name, words, options }: ReadingCommand, stdin: ReadStdin): Promise<Identifier[]> {
  const rows = (COMMANDS[name] satisfies CommandRow).words;
  const found = words.map(async (word, at) => {
    const row = (rows[at] ?? rows.at(-1))?.word.replaceAll(/[<>[\].]/g, '');
    if (row === 'guest') return identifiersOfGuest(word, stdin);
    if (row === 'network') return networkIdentifiers([word]);
    return row === 'file' ? identifiersOfFile(word, stdin) : [];
  });
  const ofOptions = [...[...options.values()].flatMap(identifiersOfUri), ...networkIdentifiers([options.get('--pool') ?? ''])];
  return [...ofOptions, ...(await Promise.all(found)).flat()];
}
