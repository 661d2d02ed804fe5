/** Holds a tutorial against what the demonstration did: its commands, in its order, with what they printed. */
import { readFileSync } from 'node:fs';
import { type ConsoleCommand, isShownAs, parseDocument } from '../../test/documents/console.ts';

/** What was run, by the stages of the demonstration's output. */
function stagesOf(output: string): ConsoleCommand[] {
  return [...output.matchAll(/^✓ +[\d.]+ s {2}(.*)\n((?: {4}.*\n)*)/gm)].map(([, words = '', shown = '']) => ({
    words,
    output: shown.replaceAll(/^ {4}/gm, ''),
  }));
}

/** What a tutorial says that the demonstration did not show, in words; empty when it tells the truth. */
export function untrueOf(file: string, output: string): string[] {
  const text = readFileSync(file, 'utf8');
  const done = stagesOf(output);
  let at = 0;
  const untrue: string[] = [];
  for (const { words, output: said } of parseDocument(text).flatMap((part) => (part.kind === 'console' ? part.commands : []))) {
    const found = done.findIndex((stage, i) => i >= at && stage.words === words && isShownAs(stage.output, said));
    if (found === -1)
      untrue.push(`$ ${words}\n${said}was not seen; what was:\n${done.flatMap((stage) => (stage.words === words ? [stage.output] : [])).join('or\n')}`);
    else at = found + 1;
  }
  // What guests say of themselves.
  const everything = done.map((stage) => stage.output).join('');
  for (const [, block = ''] of text.matchAll(/^```text\n([\s\S]*?)^```$/gm))
    if (!block.split('\n').every((line) => everything.split('\n').some((shown) => isShownAs(shown, line)))) untrue.push(`no guest said\n${block}`);
  return untrue;
}
