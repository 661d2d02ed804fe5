/** `hostdev complete -- WORD… CURRENT`: what the scripts of the shells ask. A candidate is a line, with its description behind a tab. */
import type { Io } from '../io.ts';
import { oneLine } from '../../printable.ts';
import { ask, type Named } from './ask.ts';
import { expectedAt } from './expected.ts';
import type { Candidate, Source } from './sources.ts';

/** What the shell has to complete itself. */
const BY_SHELL = { file: ':files', directory: ':directories' } as const;

/** Prints the candidates. What cannot be had is left out: nothing that is printed here would be read by somebody. */
export async function complete(io: Io, argv: readonly string[]): Promise<number> {
  const words = argv[0] === '--' ? argv.slice(1) : argv;
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const { kept, sources } = expectedAt(before, current);
  const named = namedIn(before);
  const lines = await Promise.all(sources.map((source) => linesOf(io, source, { kept, current, named })));
  io.document(lines.flat().join(''));
  return 0;
}

interface Asked {
  readonly kept: string;
  readonly current: string;
  readonly named: Named;
}

async function linesOf(io: Io, source: Source, { kept, current, named }: Asked): Promise<string[]> {
  if (source === 'file' || source === 'directory') return [`${BY_SHELL[source]}\n`];
  const candidates: readonly Candidate[] = typeof source === 'string' ? await ask(io, source, named).catch(() => []) : source;
  // A word behind a comma is not offered once more.
  const given = new Set(kept.replace(/^--[\w-]+=/, '').split(','));
  const fitting = (all: readonly Candidate[]): string[] =>
    all
      .filter(({ value }) => !given.has(value))
      .flatMap(({ value, text }) => {
        const whole = `${kept}${oneLine(value)}`;
        return whole.startsWith(current) ? [`${whole}\t${oneLine(text)}\n`] : [];
      });
  const lines = fitting(candidates);
  return lines.length === 0 && source === 'function' ? fitting(candidates.flatMap(inShort)) : lines;
}

/** An address of domain 0, which may be left out. */
function inShort({ value, text }: Candidate): Candidate[] {
  return value.startsWith('0000:') ? [{ value: value.slice('0000:'.length), text }] : [];
}

/** The options that say which machine is meant. */
function namedIn(words: readonly string[]): Named {
  const valueOf = (...names: readonly string[]): string | undefined => {
    for (const [at, word] of words.entries()) {
      if (names.includes(word)) return words[at + 1];
      const [name = '', ...value] = word.split('=');
      if (names.includes(name)) return value.join('=');
    }
    return undefined;
  };
  const host = valueOf('--host');
  return { root: valueOf('--root'), host: host === 'none' ? undefined : host, connect: valueOf('-c', '--connect') };
}
