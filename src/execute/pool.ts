/** Pools of functions: how making one is looked at, and its steps. */
import type { FoundNetwork, NetworkPort } from '../guest/libvirt/networks.ts';
import { isPoolThere, poolSteps, type PoolState } from '../plan/pool-steps.ts';
import type { NetworkStep } from '../plan/step.ts';
import type { State } from '../plan/transition.ts';
import type { ChangeKind } from './change.ts';
import type { Doing, ExecutionTarget } from './target.ts';

/** State: see {@link poolSteps}. */
export function poolKind(target: Pick<ExecutionTarget, 'networksOf'>): ChangeKind {
  return {
    settleMs: 0,
    read: async (_, { subject, before }) => {
      const networks = await networksOf(target, before);
      return { pool: poolState(await networks.find(subject), before) };
    },
    steps: async (_, change, from, to) => poolSteps(change, from, to),
    isReached: isPoolThere,
    // A machine that was reset may have it without having started it again: nobody has changed it for that.
    isAsLeft: (now, left) => isPoolThere(now, left) || (left['pool'] === 'active' && now['pool'] === 'defined'),
    // What libvirt hands out is in nobody's hands before it does.
    touches: async () => [],
  };
}

/** A network is ours when it has the uuid that we have given it; older records tell none, and of those nothing is known to be ours. */
function poolState(network: FoundNetwork | undefined, { uuid }: State): PoolState {
  if (network === undefined) return 'absent';
  if (network.uuid !== uuid) return 'foreign';
  return network.active ? 'active' : 'defined';
}

/** One call. */
export async function networkStep({ target, change }: Doing, { action, network, text = '' }: NetworkStep): Promise<void> {
  const networks = await networksOf(target, change.before);
  const net = { name: network, uuid: change.before['uuid'] ?? '' };
  switch (action) {
    case 'define':
      return networks.define(text);
    case 'autostart':
      return networks.setAutostart(net);
    case 'start':
      return networks.start(net);
    case 'stop':
      return networks.stop(net);
    case 'undefine':
      return networks.undefine(net);
  }
}

function networksOf({ networksOf: open }: Pick<ExecutionTarget, 'networksOf'>, record: State): Promise<NetworkPort> {
  if (open === undefined) throw new Error('no network is part of this');
  return open(record);
}
