/** What the command would print of the same wish: `hostdev diff` and `hostdev apply --dry-run`. */
import { differenceLines, type WishPlan, wishPlanLines } from '../../../plan/wish-plan.ts';
import { problemLines } from '../../../printable.ts';
import { shellWord } from '../../../shell-word.ts';
import type { CommandText } from './command-text.ts';
import type { PlannedWish, WishLook } from './wish-look.ts';

/** With the words that have it printed. */
export interface WishText extends CommandText {
  readonly words: string;
}

export function wishTexts({ wish, applied, differing }: WishLook, host: string): readonly WishText[] {
  const on = ` -f ${shellWord(wish.name)} --host ${shellWord(host)}`;
  return [
    ...(differing === undefined ? [] : [{ command: 'diff' as const, words: `hostdev diff${on}`, ...printed(differing, differenceLines) }]),
    ...(applied === undefined ? [] : [{ command: 'apply' as const, words: `hostdev apply${on} --dry-run`, ...printed(applied, wishPlanLines) }]),
  ];
}

function printed({ told, plan }: PlannedWish, lines: (plan: WishPlan) => readonly string[]): Pick<CommandText, 'out' | 'err'> {
  const out = plan === undefined ? [] : lines(plan);
  return { out: out.map((line) => `${line}\n`).join(''), err: told.map(problemLines).join('') };
}
