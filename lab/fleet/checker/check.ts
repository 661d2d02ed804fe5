/** Judges a recorded run by the promise that every function is given once. It knows nothing of how claims are made, only what they look like. */
import { formatEvent, type HistoryEvent } from '../history/event.ts';
import { type Conviction, type Recorded, RULES } from './recorded.ts';
import { judgeAttaching } from './rules/attached-without-claim.ts';
import { judgeGivingUp } from './rules/claimed-after-giving-up.ts';
import { judgeRemovals } from './rules/freed-on-silence.ts';
import { judgeEnds } from './rules/gone-unreleased.ts';
import { judgeGroups } from './rules/group-not-whole.ts';
import { judgeRest } from './rules/lost-for-good.ts';
import { judgeIds } from './rules/one-id-twice.ts';
import { judgeVirtualFunctions } from './rules/physical-and-virtual.ts';
import { judgeWords } from './rules/told-wrongly.ts';
import { judgeTokens } from './rules/token-went-back.ts';
import { judgeHolders } from './rules/two-holders.ts';
import { judgeUnclear } from './rules/unclear-left.ts';
import { type Judge, openTrial } from './trial.ts';

const JUDGES: readonly Judge[] = [
  judgeHolders,
  judgeEnds,
  judgeTokens,
  judgeAttaching,
  judgeGroups,
  judgeVirtualFunctions,
  judgeIds,
  judgeRest,
  judgeUnclear,
  judgeGivingUp,
  judgeRemovals,
  judgeWords,
];

/** Every broken promise; none where all were kept. */
export function checkHistory(recorded: Recorded): Conviction[] {
  const trial = openTrial(recorded);
  return JUDGES.flatMap((judge) => judge(trial));
}

export function formatConviction({ rule, function: name, evidence }: Conviction): string {
  // What the store has has no time and no actor of its own.
  const lines = evidence.map((each) => `  ${formatEvent(about(name, each as HistoryEvent))}`);
  return `${name}: ${RULES[rule]} (${rule})\n${lines.join('')}`;
}

/** What of an event concerns a function. */
function about(name: string, event: HistoryEvent): HistoryEvent {
  const of = <T extends { readonly function: string }>(all: readonly T[]): T[] => all.filter((each) => each.function === name);
  if (event.kind === 'asked') return { ...event, written: of(event.written), removed: of(event.removed) };
  return event.kind === 'answered' || event.kind === 'saw' ? { ...event, seen: of(event.seen) } : event;
}
