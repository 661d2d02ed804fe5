/** What the checker is given, and what it says. */
import type { HistoryEvent, Seen } from '../history/event.ts';

/** A run that has come to rest: everybody who lives has ended what was begun. */
export interface Recorded {
  /** In the order of their times. */
  readonly events: readonly HistoryEvent[];
  /** The claims that the store has in the end. */
  readonly claims: readonly Seen[];
  /** Functions that go together, by function; one that goes alone is not in it. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

export const RULES = {
  'two holders': 'a function had two holders at one time',
  'gone unreleased': 'a claim is gone although nobody took it away',
  'token went back': 'a newer right has the smaller token',
  'attached without claim': 'a host attached a function for a claim that had ended, or never was',
  'group not whole': 'functions that go together were not claimed together',
  'physical and virtual': 'a physical function and one of its virtual functions were claimed at one time',
  'one id twice': 'an id of IBM Z was kept by two claims at one time',
  'lost for good': 'nobody who lives has a function, it is not free, and it was not told',
  'unclear left': 'an unclear answer was never made clear',
  'claimed after giving up': 'a claim came to be after its request was given up',
  'freed on silence': 'a claim was taken away by somebody who had no right to',
  'told wrongly': 'somebody was told what is not so',
} as const;

type Rule = keyof typeof RULES;

/** A broken promise, and the least that shows it: events, and claims that the store has in the end. */
export interface Conviction {
  readonly rule: Rule;
  readonly function: string;
  readonly evidence: readonly (HistoryEvent | (Seen & { readonly kind: 'in the store at the end' }))[];
}

export const atTheEnd = (claim: Seen): Conviction['evidence'][number] => ({ kind: 'in the store at the end', ...claim });
