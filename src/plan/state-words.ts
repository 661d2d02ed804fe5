/** States of the journal as a person would say them. */
import { BOTH } from './swap-steps.ts';
import { type State, TOPIC, type Transition, type Verb } from './transition.ts';
import { wordTable } from '../word-table.ts';

/** From where a change leads, and where to, before it is made. */
export function transitionWords({ verb, before, wanted }: Omit<Transition, 'subject'>): { readonly from: string; readonly to: string } {
  // Which driver takes a function that is given back is the kernel's to say.
  const to = TOPIC[verb] === 'driver' && wanted['driver'] === undefined ? 'its host driver' : stateWords(verb, { ...before, ...wanted });
  return { from: stateWords(verb, before), to };
}

/** `nvme`, `4 VFs`, `on standby`. */
export function stateWords(verb: Verb, state: State | undefined): string {
  if (state === undefined) return 'gone';
  if (verb === 'swap') return swapWords(state);
  switch (TOPIC[verb]) {
    case 'driver':
      return state['driver'] ?? 'no driver';
    case 'vfs':
      return `${state['count'] ?? '?'} ${state['count'] === '1' ? 'VF' : 'VFs'}`;
    case 'slot':
      return state['power'] === '1' ? 'configured' : 'on standby';
    case 'guest':
      return guestWords(state);
    case 'ports':
      return `${state['count'] ?? '?'} ${state['count'] === '1' ? 'port' : 'ports'}`;
    case 'pool':
      return POOL_WORDS[state['pool'] ?? ''] ?? 'no pool';
    case 'rule':
      return state['rule'] === null ? 'no rule' : 'a rule';
    default:
      return Object.entries(state)
        .map(([name, value]) => `${name} ${value ?? '-'}`)
        .join(' ');
  }
}

const POOL_WORDS = wordTable<string>({
  active: 'a pool',
  defined: 'a pool that is not active',
  foreign: "somebody else's network",
});

function guestWords({ live, config }: State): string {
  if (live === 'yes') return config === 'yes' ? 'attached' : 'attached until it ends';
  if (live === 'in part') return 'attached in part';
  return config === 'yes' ? 'in the definition' : 'not attached';
}

/** `0007:00:00.0`: which of the two the guest has. */
function swapWords({ live, config }: State): string {
  const parts = [live, config].filter((name) => name !== undefined && name !== null && name !== 'none');
  const there = [...new Set(parts.flatMap((names) => names?.split(BOTH) ?? []))];
  return there.length === 0 ? 'not attached' : there.join(' and ');
}
