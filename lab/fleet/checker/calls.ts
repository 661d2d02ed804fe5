/** Transactions with their answers. */
import type { Answered, Asked, HistoryEvent } from '../history/event.ts';

/** What an actor asked of the store. */
export interface Call {
  readonly actor: string;
  readonly asked: HistoryEvent & Asked;
  /** Absent where its actor was killed before. */
  readonly answered: (HistoryEvent & Answered) | undefined;
  /** Its actor was killed while it waited, or later: who comes back under its name does not know of it. */
  readonly forgotten: boolean;
}

export function callsOf(events: readonly HistoryEvent[]): Call[] {
  const calls: { actor: string; asked: HistoryEvent & Asked; answered: (HistoryEvent & Answered) | undefined; forgotten: boolean }[] = [];
  /** Of those who live. */
  const own = new Map<string, typeof calls>();
  for (const event of events) {
    const ofActor = own.get(event.actor) ?? [];
    own.set(event.actor, ofActor);
    if (event.kind === 'asked') {
      const call = { actor: event.actor, asked: event, answered: undefined, forgotten: false };
      calls.push(call);
      ofActor.push(call);
    } else if (event.kind === 'answered') {
      const call = ofActor.findLast(({ asked }) => asked.call === event.call);
      if (call === undefined) throw new Error(`${event.actor} was answered what it never asked: call ${event.call}`);
      call.answered = event;
    } else if (event.kind === 'killed') {
      for (const name of event.who) {
        for (const call of own.get(name) ?? []) call.forgotten = true;
        own.delete(name);
      }
    }
  }
  return calls;
}

/** Whether it happened: known of what is done; of what is not refused, it may have. */
export const isDone = ({ answered }: Call): boolean => answered?.outcome === 'done';
export const mayHaveHappened = ({ answered }: Call): boolean => answered?.outcome !== 'refused';
