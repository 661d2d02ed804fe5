/**
 * Adding ports to the definition of a guest. State: `ports` is `added` or `not added`, `count` how many root ports there are: whatever somebody else does to
 * them later, it is one of the two.
 */
import { countRootPorts } from '../domain/root-ports.ts';
import { type GuestName, guestFacts } from './attach.ts';
import type { Change } from './change.ts';
import type { Step } from './step.ts';
import type { State, Transition } from './transition.ts';

/** Adds that many root ports to a definition. They are there after the next start; taking them away again is nobody's business. */
export function planPortsAdd(guest: GuestName, config: string, add: number): Change {
  const count = countRootPorts(config);
  const transition: Transition = {
    verb: 'ports add',
    subject: guest.name,
    before: { ports: 'not added', count: String(count), ...guestFacts(guest, []) },
    wanted: { ports: 'added', count: String(count + add) },
  };
  return { ...transition, steps: portSteps(transition, transition.before, transition.wanted), undo: [] };
}

/** From one state of a guest's ports to another. */
export function portSteps({ subject, before, wanted }: Transition, from: State, to: State): Step[] {
  if (from['ports'] === to['ports'] || to['ports'] !== 'added') return [];
  const count = Number(wanted['count']) - Number(before['count']);
  return [{ kind: 'ports', guest: subject, count, why: 'functions can be plugged in after the next start' }];
}

/** The state of a definition. */
export function portState({ wanted }: Transition, config: string): State {
  const count = countRootPorts(config);
  return { ports: count >= Number(wanted['count']) ? 'added' : 'not added', count: String(count) };
}
