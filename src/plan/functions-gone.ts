/** What goes with a function that goes away: it comes back as the kernel makes it. */
import { FUNCTIONS_GONE } from './slot.ts';
import type { Transition } from './transition.ts';

const ENDS_WITH_FUNCTION = ['driver', 'vfs', 'settings'] as const;

/** Addresses of the functions that a change takes away. */
export function functionsGone({ before }: Pick<Transition, 'before'>): string[] {
  return (before[FUNCTIONS_GONE] ?? '').split(' ').filter((address) => address !== '');
}

/** Topics (`topicOf`) of which nothing stands once a change was made. */
export function topicsGone(change: Pick<Transition, 'before'>): string[] {
  return functionsGone(change).flatMap((address) => ENDS_WITH_FUNCTION.map((topic) => `${topic} ${address}`));
}
