/**
 * Examples of a console in documents: blocks that begin with ```console. `$ ` begins a command, what follows is what it prints. The nearest
 * comment above, `<!-- on: NAME -->`, says on which machine; all blocks of a document on one machine are one story.
 */

/** A command and what the document says it prints. */
export interface ConsoleCommand {
  readonly words: string;
  readonly output: string;
}

/** Text between blocks, and the blocks. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'console'; readonly machine: string | undefined; readonly commands: readonly ConsoleCommand[] };

const BLOCK = /^```console\n([\s\S]*?)^```$/gm;

export function parseDocument(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  let machine: string | undefined;
  for (const { 0: whole, 1: inside = '', index } of text.matchAll(BLOCK)) {
    const before = text.slice(at, index);
    machine = [...before.matchAll(/^<!-- on: (\S+) -->$/gm)].at(-1)?.[1] ?? machine;
    parts.push({ kind: 'text', text: before }, { kind: 'console', machine, commands: parseCommands(inside) });
    at = index + whole.length;
  }
  return [...parts, { kind: 'text', text: text.slice(at) }];
}

function parseCommands(inside: string): ConsoleCommand[] {
  if (!inside.startsWith('$ ')) throw new Error(`a block of a console begins with a command, not with '${inside.split('\n')[0]}'`);
  return inside
    .split(/^\$ /m)
    .slice(1)
    .map((each) => {
      const end = each.indexOf('\n');
      return { words: each.slice(0, end), output: each.slice(end + 1) };
    });
}

export function formatDocument(parts: readonly Part[]): string {
  return parts.map((part) => (part.kind === 'text' ? part.text : `\`\`\`console\n${part.commands.map(formatCommand).join('')}\`\`\``)).join('');
}

function formatCommand({ words, output }: ConsoleCommand): string {
  return `$ ${words}\n${output}`;
}

/** What a document says a command prints may leave out: `…` alone on a line is any lines, within a line any text of it. */
export function isShownAs(printed: string, said: string): boolean {
  const pattern = said
    .split(/(^ *…\n|…)/m)
    .map((piece) => (piece === '…' ? '.*' : piece.endsWith('…\n') ? '(?:.*\\n)*' : piece.replaceAll(/[$()*+./?[\\\]^{|}-]/g, '\\$&')))
    .join('');
  return new RegExp(`^${pattern}$`).test(printed);
}
