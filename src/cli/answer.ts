/** A command's result as data: printed with what else was said when the command has ended. */
import type { HostdevError, Problem } from '../errors.ts';
import type { Io } from './io.ts';
import type { Item, ItemCommand } from './json/table.ts';

/** Answers with what was asked for, in the shape that the table has for the command. */
export function answerItems<Name extends ItemCommand>(io: Io, _command: Name, items: readonly Item<Name>[]): void {
  io.answer.items = items;
}

/** What is wrong with items, where it is not said on stderr. */
export function noteProblems(io: Io, problems: readonly Problem[]): void {
  io.answer.problems.push(...problems);
}

/** How things are after a change that failed; on stderr the message has it. */
export function noteAftermath(io: Io, { aftermath }: Pick<HostdevError, 'aftermath'>): void {
  if (aftermath === undefined) return;
  io.answer.changed ||= aftermath.changed;
  noteProblems(io, aftermath.problems);
}
