/**
 * Making a pool, and taking it away. State: `pool` is `absent`, `defined` or `active`. What it takes: `xml` of one that is made, and `autostart`, which
 * is set before it is started, so that one that is active has it.
 */
import type { Change } from './change.ts';
import type { NetworkStep, Step } from './step.ts';
import { reverse, type State, type Transition } from './transition.ts';

/** A pool that is to be made. */
export interface PoolOrder {
  /** Connection URI of its libvirt. */
  readonly uri: string;
  readonly name: string;
  readonly xml: string;
  /** Whether it is started with its host. */
  readonly autostart: boolean;
}

/** Makes a pool that is not there, and starts it. */
export function planPoolCreate({ uri, name, xml, autostart }: PoolOrder): Change {
  const transition: Transition = {
    verb: 'pool create',
    subject: name,
    before: { pool: 'absent', uri },
    wanted: { pool: 'active', xml, autostart: autostart ? 'yes' : 'no' },
  };
  const { before, wanted } = transition;
  return { ...transition, steps: poolSteps(transition, before, wanted), undo: poolSteps(reverse(transition), wanted, before) };
}

/** From one state of a pool to another. */
export function poolSteps({ subject: network, before, wanted }: Transition, from: State, to: State): Step[] {
  const [now, then] = [from['pool'], to['pool']];
  const step = (action: NetworkStep['action'], why: string): NetworkStep => ({ kind: 'network', action, network, why });
  if (now === then) return [];
  if (then !== 'active') {
    const stop = now === 'active' ? [step('stop', 'it hands out nothing any more')] : [];
    return then === 'absent' ? [...stop, step('undefine', 'libvirt forgets it')] : stop;
  }
  const text = wanted['xml'] ?? before['xml'] ?? '';
  const autostart = wanted['autostart'] ?? before['autostart'];
  return [
    ...(now === 'absent' ? [{ ...step('define', 'libvirt knows it'), text }] : []),
    ...(autostart === 'yes' ? [step('autostart', 'it is started with the host')] : []),
    step('start', 'it hands out functions'),
  ];
}
