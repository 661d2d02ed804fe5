/** The way back from changes that were made: from what was done, and not from what was asked for. */
import { topicsGone } from './functions-gone.ts';
import { FUNCTIONS_GONE } from './slot.ts';
import { isHostVerb, reverse, type State, TOPIC, topicOf, type Transition } from './transition.ts';

/** One change undone. */
export interface WayBack {
  readonly back: Transition;
  /** How the change has left its subject: there it has to be still. */
  readonly left: State;
}

/**
 * What undoes changes, given in the order in which they were made: the latest first. What the kernel shows of one subject is brought back at once,
 * from where the last change has left it to where the first one found it; each change of a guest or a pool is undone by itself. Nothing undoes what is
 * as it was, root ports that were added, and what was done to a function that has gone away since.
 */
export function waysBack(done: readonly Transition[]): WayBack[] {
  const whole = new Map<object | string, Transition>();
  for (const change of done) {
    const key = isHostVerb(change.verb) ? topicOf(change) : change;
    const first = whole.get(key);
    // Behind what came in between, which may stand on it.
    whole.delete(key);
    whole.set(key, first === undefined ? change : joined(first, change));
    for (const topic of topicsGone(change)) whole.delete(topic);
  }
  return [...whole.values()]
    .filter((change) => !isAsBefore(change) && change.verb !== 'ports add')
    .toReversed()
    .map((change) => ({ back: reverse(withoutGone(change)), left: change.wanted }));
}

function joined(first: Transition, last: Transition): Transition {
  // Each change of settings says something of some of them; any other one says all, and may leave open what takes a function.
  if (TOPIC[first.verb] !== 'settings') return { ...first, wanted: last.wanted };
  return { ...first, before: { ...last.before, ...first.before }, wanted: { ...first.wanted, ...last.wanted } };
}

function isAsBefore({ verb, before, wanted }: Transition): boolean {
  // A release does not say which driver takes the function: only what is said of both can be the same.
  return isHostVerb(verb) && Object.entries(before).every(([name, value]) => name === FUNCTIONS_GONE || (name in wanted && wanted[name] === value));
}

/** Functions that went by a change are not those that go when it is undone. */
function withoutGone(change: Transition): Transition {
  const { [FUNCTIONS_GONE]: _, ...before } = change.before;
  return { ...change, before };
}
