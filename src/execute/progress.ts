/** Telling what is going on. */
import { functionsOf } from '../plan/change.ts';
import type { Transition } from '../plan/transition.ts';
import type { ExecuteOptions } from './target.ts';

/** Says what is begun, in one line. */
export function announce(change: Transition, { onProgress }: ExecuteOptions): void {
  const { verb, subject, before, wanted } = change;
  switch (verb) {
    case 'prepare':
    case 'release':
      return onProgress?.(
        `${subject}: ${before['driver'] ?? 'no driver'} → ${wanted['driver'] === undefined ? 'its host driver' : (wanted['driver'] ?? 'no driver')}`,
      );
    case 'attach':
      return onProgress?.(`attaching ${functionsOf(change)[0]} to ${before['name']}`);
    case 'swap':
      return onProgress?.(`swapping ${subject}`);
    case 'vf create':
    case 'vf remove':
      return onProgress?.(`${subject}: ${before['count']} → ${wanted['count']} virtual functions`);
    case 'slot on':
    case 'slot off':
      return onProgress?.(`0x${subject}: ${wanted['power'] === '1' ? 'configuring' : 'to standby'}`);
    case 'slot reset':
      return onProgress?.(`0x${subject}: resetting`);
    default:
      // Waiting for a guest tells of itself; the rest is done before it is read.
      return undefined;
  }
}
