/** `hostdev schema COMMAND`: what a script may rely on. */
import { HostdevError } from '../../errors.ts';
import { type Io, printJson } from '../io.ts';
import { JSON_COMMANDS, schemaOf } from '../json/table.ts';

export async function schema(io: Io, words: readonly string[]): Promise<number> {
  if (words.length === 0) {
    for (const each of JSON_COMMANDS) io.out(`${each}\n`);
    return 0;
  }
  const given = words.join(' ');
  const name = JSON_COMMANDS.find((each) => each === given || each.replaceAll(' ', '-') === given);
  if (name === undefined) {
    throw new HostdevError('usage', `no command '${given}' prints JSON`, { subject: given, hint: "'hostdev schema' lists those that do" });
  }
  printJson(io, schemaOf(name));
  return 0;
}
