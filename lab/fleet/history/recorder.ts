/** Writing and reading histories: a file an actor, which is only appended to. */
import { closeSync, existsSync, fdatasyncSync, openSync, readdirSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { formatEvent, type HistoryEvent, parseEvent, type What } from './event.ts';

/** Writes down what an actor does, before it goes on. */
export type Say = (what: What) => void;

export interface Recorder {
  readonly say: Say;
  /** The time that an event of now would have. */
  readonly now: () => bigint;
  readonly close: () => void;
}

export const historyFile = (directory: string, actor: string): string => join(directory, `${actor}.jsonl`);

/** Appends to the file of an actor; one that was killed and came back goes on where it was. */
export function openRecorder(directory: string, actor: string): Recorder {
  const path = historyFile(directory, actor);
  if (existsSync(path)) truncateSync(path, wholeLines(readFileSync(path)).length);
  const file = openSync(path, 'a');
  return {
    say: (what) => {
      const line = Buffer.from(formatEvent({ at: process.hrtime.bigint(), actor, ...what }));
      if (writeSync(file, line) !== line.length) throw new Error(`the history of ${actor} cannot be written`);
      fdatasyncSync(file);
    },
    now: () => process.hrtime.bigint(),
    close: () => closeSync(file),
  };
}

/** All events of a directory in the order of their times. A line that its writer was killed in was never written. */
export function readHistories(directory: string): HistoryEvent[] {
  const files = readdirSync(directory).filter((name) => name.endsWith('.jsonl'));
  return inOrder(files.flatMap((name) => readHistory(join(directory, name))));
}

export function readHistory(path: string): HistoryEvent[] {
  const lines = wholeLines(readFileSync(path)).toString().split('\n');
  return lines.flatMap((line) => (line === '' ? [] : [parseEvent(line)]));
}

const wholeLines = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.lastIndexOf('\n') + 1);

/** Of one moment, each actor's events stay in their order. */
function inOrder(events: readonly HistoryEvent[]): HistoryEvent[] {
  return [...events].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
