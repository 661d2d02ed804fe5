/** The changes of an operation while they are carried out: which step is being done, which is undone. */
import type { StepEvent } from '../../plan/step-event.ts';
import { nameOfSubject } from '../../plan/change.ts';
import { formatStep } from '../../plan/step.ts';
import type { Operation } from '../api/operation.ts';
import type { PlanChange } from '../api/plan.ts';

type LiveChanges = Operation['changes'];
type LiveChange = LiveChanges[number];
type LiveStep = LiveChange['steps'][number];

export function waitingChanges(changes: readonly PlanChange[]): LiveChanges {
  return changes.map(({ verb, subject, steps, undo }) => ({
    ...{ verb, subject, state: 'waiting' },
    steps: steps.map(({ what }) => ({ what, state: 'waiting', began: null, ended: null })),
    undo: undo.map(({ what }) => what),
  }));
}

/** The changes with those of a part whose turn it is: what could not be planned before is among them, and whatever waits is behind them. */
export function withTurn(changes: LiveChanges, turn: readonly PlanChange[]): LiveChanges {
  const nameOf = ({ verb, subject }: Pick<LiveChange, 'verb' | 'subject'>): string => `${verb} ${subject}`;
  const next = new Set(turn.map(nameOf));
  const [begun, waiting] = [changes.filter(({ state }) => state !== 'waiting'), changes.filter(({ state }) => state === 'waiting')];
  return [...begun, ...waitingChanges(turn), ...waiting.filter((change) => !next.has(nameOf(change)))];
}

/** The changes after something became of one of them. */
export function withEvent(changes: LiveChanges, { change, step, state }: StepEvent, time: string): LiveChanges {
  const subject = nameOfSubject(change);
  const at = changes.findIndex((each) => each.verb === change.verb && each.subject === subject);
  const found = changes[at];
  if (found === undefined) return changes;
  return changes.with(
    at,
    step === undefined ? withState(found, state, time) : { ...found, steps: withStep(found.steps, { what: formatStep(step), state, time }) },
  );
}

function withState(change: LiveChange, state: StepEvent['state'], time: string): LiveChange {
  // Not every step tells of itself: those that lead out of the middle do not.
  if (state === 'done') return { ...change, state, steps: change.steps.map((step) => (step.ended === null ? { ...step, state, ended: time } : step)) };
  if (state !== 'undone') return { ...change, state };
  const steps = change.steps.map((step): LiveStep => (step.state === 'waiting' ? step : { ...step, state: 'undone', ended: time }));
  return { ...change, state, steps };
}

function withStep(
  steps: readonly LiveStep[],
  { what, state, time }: { readonly what: string; readonly state: StepEvent['state']; readonly time: string },
): readonly LiveStep[] {
  // Two steps may be the same: the first that is not behind us is meant.
  const wanted = state === 'doing' ? 'waiting' : 'doing';
  const at = steps.findIndex((step) => step.what === what && step.state === wanted);
  const found = steps[at];
  if (found === undefined) return steps;
  return steps.with(at, state === 'doing' ? { ...found, state, began: time } : { ...found, state, ended: time });
}
