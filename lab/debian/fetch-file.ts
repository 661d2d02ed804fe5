/** Looks for one file at every place where it can be. */
import { basename, join } from 'node:path';
import { download, isWhole } from './download.ts';
import type { Asked } from './gone.ts';
import { type Mirror, placesOf } from './mirror.ts';
import type { DebianPackage } from './package.ts';

/** What is needed to fetch files. */
export interface FileSource {
  readonly mirror: Mirror;
  /** Where files are kept. */
  readonly directory: string;
  /** Told what is out of the ordinary, a line each. */
  readonly tell: (line: string) => void;
  /** Told of bytes as they come. */
  readonly onBytes?: (count: number) => void;
  /** Date (ISO 8601) at which the snapshot archive is asked; it is not when missing. */
  readonly date?: string;
  readonly waitMs?: number;
  /** Hosts that have not answered: they are not asked again. */
  readonly silent: Map<string, string>;
}

/** Where a file is, or where it was looked for in vain. */
export type Found =
  | { readonly path: string }
  | {
      readonly asked: readonly Asked[];
      readonly why: WhyNot;
    };

/** Every place that must answer has said that it has none; or one has something else under that name; or one did not answer. */
export type WhyNot = 'gone' | 'refused' | 'unreachable';

export async function fetchFile(file: DebianPackage, source: FileSource): Promise<Found> {
  const path = storedPath(file, source.directory);
  if (await isWhole(path, file)) return { path };
  const asked: Asked[] = [];
  let why: WhyNot = 'gone';
  for (const { url, mustAnswer } of placesOf(file, source.mirror, source.date)) {
    // The snapshot archive may be asked through the same host as all else.
    const host = `${new URL(url).host}${mustAnswer ? '' : ' for snapshots'}`;
    const silence = source.silent.get(host);
    const answer = silence === undefined ? await ask(url, mustAnswer) : ({ kind: 'failed', words: silence, isSilent: true } as const);
    if (answer.kind === 'whole') return { path };
    asked.push({ url, words: wordsOf(answer, mustAnswer, silence !== undefined) });
    if (answer.kind === 'wrong') source.tell(`${url} is refused: ${answer.words}`);
    if (answer.kind === 'failed' && answer.isSilent) source.silent.set(host, answer.words);
    // What stands before the snapshot archive (a page to log in, say) is no word of Debian's.
    if (answer.kind === 'wrong' && mustAnswer && why === 'gone') why = 'refused';
    if (answer.kind === 'failed' && mustAnswer) why = 'unreachable';
  }
  return { asked, why };

  function ask(url: string, mustAnswer: boolean): ReturnType<typeof download> {
    return download(url, path, file, {
      ...(source.onBytes === undefined ? {} : { onBytes: source.onBytes }),
      ...(source.waitMs === undefined ? {} : { waitMs: source.waitMs }),
      ...(mustAnswer ? {} : { tries: 1 }),
    });
  }
}

function wordsOf(answer: { readonly kind: string; readonly words: string }, mustAnswer: boolean, isKnown: boolean): string {
  if (isKnown) return `not asked, as its host does not answer: ${answer.words}`;
  return mustAnswer || answer.kind !== 'failed' ? answer.words : `${answer.words} (not reached from here)`;
}

/** Two builds can share the name of a file; the beginning of its hash keeps them apart. */
export function storedPath(file: DebianPackage, directory: string): string {
  return join(directory, `${file.sha256.slice(0, 8)}-${basename(file.path)}`);
}
