/** Pools of functions: how making one is looked at, and its steps. */
import type { NetworkPort } from '../guest/libvirt/networks.ts';
import { poolSteps } from '../plan/pool-steps.ts';
import type { NetworkStep } from '../plan/step.ts';
import type { State } from '../plan/transition.ts';
import type { ChangeKind } from './change.ts';
import type { Doing, ExecutionTarget } from './target.ts';

/** State: see {@link poolSteps}. */
export function poolKind(target: Pick<ExecutionTarget, 'networksOf'>): ChangeKind {
  return {
    settleMs: 0,
    read: async (_, { subject, before }) => ({ pool: await networksOf(target, before).then((networks) => networks.state(subject)) }),
    steps: async (_, change, from, to) => poolSteps(change, from, to),
    isReached: (now, to) => now['pool'] === to['pool'],
    // What libvirt hands out is in nobody's hands before it does.
    touches: async () => [],
  };
}

/** One call. */
export async function networkStep({ target, change }: Doing, { action, network, text = '' }: NetworkStep): Promise<void> {
  const networks = await networksOf(target, change.before);
  switch (action) {
    case 'define':
      return networks.define(text);
    case 'autostart':
      return networks.setAutostart(network);
    case 'start':
      return networks.start(network);
    case 'stop':
      return networks.stop(network);
    case 'undefine':
      return networks.undefine(network);
  }
}

function networksOf({ networksOf: open }: Pick<ExecutionTarget, 'networksOf'>, record: State): Promise<NetworkPort> {
  if (open === undefined) throw new Error('no network is part of this');
  return open(record);
}
