/**
 * Making a pool, and taking it away. State: `pool` is a {@link PoolState}. What it takes: `uuid`, by which the network is known to be ours, `xml` of one
 * that is made, and `autostart`, which is set before it is started, so that one that is active has it.
 */
import type { Change } from './change.ts';
import type { NetworkStep, Step } from './step.ts';
import { reverse, type State, type Transition } from './transition.ts';

/** `foreign`: somebody else's network has the name, and is never touched. */
export type PoolState = 'absent' | 'defined' | 'active' | 'foreign';

/** A pool that is to be made. */
export interface PoolOrder {
  /** Connection URI of its libvirt. */
  readonly uri: string;
  readonly name: string;
  /** Of this network and no other; its XML has it too. */
  readonly uuid: string;
  readonly xml: string;
  /** Whether it is started with its host. */
  readonly autostart: boolean;
}

/** Makes a pool that is not there, and starts it. */
export function planPoolCreate({ uri, name, uuid, xml, autostart }: PoolOrder): Change {
  const transition: Transition = {
    verb: 'pool create',
    subject: name,
    before: { pool: 'absent', uri, uuid },
    wanted: { pool: 'active', xml, autostart: autostart ? 'yes' : 'no' },
  };
  const { before, wanted } = transition;
  return { ...transition, steps: poolSteps(transition, before, wanted), undo: poolSteps(reverse(transition), wanted, before) };
}

/** A pool that is as asked for already. */
export function unchangedPool(name: string, xml: string): Change {
  return { verb: 'pool create', subject: name, before: { pool: 'active' }, wanted: { pool: 'active', xml }, steps: [], undo: [] };
}

/** A pool as libvirt has it. */
export interface PoolFound extends PoolOrder {
  readonly active: boolean;
}

/** Stops a pool and has libvirt forget it; what is needed to make it again stays in the record. */
export function planPoolRemove({ uri, name, uuid, xml, autostart, active }: PoolFound): Change {
  const transition: Transition = {
    verb: 'pool remove',
    subject: name,
    before: { pool: active ? 'active' : 'defined', uri, uuid, xml, autostart: autostart ? 'yes' : 'no' },
    wanted: { pool: 'absent' },
  };
  const { before, wanted } = transition;
  return { ...transition, steps: poolSteps(transition, before, wanted), undo: poolSteps(reverse(transition), wanted, before) };
}

/** Whether a pool is where it shall be. Names are given once: where somebody else's network has ours, our pool is absent. */
export function isPoolThere(now: State, to: State): boolean {
  return now['pool'] === to['pool'] || (now['pool'] === 'foreign' && to['pool'] === 'absent');
}

/** From one state of a pool to another. */
export function poolSteps({ subject: network, before, wanted }: Transition, from: State, to: State): Step[] {
  const [now, then] = [from['pool'], to['pool']];
  const step = (action: NetworkStep['action'], why: string): NetworkStep => ({ kind: 'network', action, network, why });
  if (now === then || now === 'foreign') return [];
  if (then === 'absent' || now === 'active') {
    const stop = now === 'active' ? [step('stop', 'it hands out nothing any more')] : [];
    return then === 'absent' ? [...stop, step('undefine', 'libvirt forgets it')] : stop;
  }
  const text = wanted['xml'] ?? before['xml'] ?? '';
  const autostart = wanted['autostart'] ?? before['autostart'];
  return [
    ...(now === 'absent' ? [{ ...step('define', 'libvirt knows it'), text }] : []),
    ...(autostart === 'yes' ? [step('autostart', 'it is started with the host')] : []),
    ...(then === 'active' ? [step('start', 'it hands out functions')] : []),
  ];
}
