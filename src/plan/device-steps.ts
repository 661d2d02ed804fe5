/**
 * What gives a guest a device, and what takes it away. State: `live` and `config` are `yes` or `no`, `live` null when the guest does not run, and
 * `in part` when it has only what comes before the device.
 * What it takes: `xml` for a device that comes, `liveXml` and `configXml` for one that was there, `driver` of the host where libvirt moves it.
 */
import { functionsOf } from './change.ts';
import type { MoveStep, Step } from './step.ts';
import type { State, Transition } from './transition.ts';

/** From one state of a device in a guest to another. */
export function deviceSteps(change: Transition, from: State, to: State): Step[] {
  const [device = ''] = functionsOf(change);
  const isOneOf = (name: 'live' | 'config', ...states: string[]): boolean => states.includes(from[name] ?? '');
  const part = (name: 'live' | 'config'): 'comes' | 'goes' | 'stays' =>
    isOneOf(name, 'yes', 'in part') && to[name] === 'no' ? 'goes' : isOneOf(name, 'no', 'in part') && to[name] === 'yes' ? 'comes' : 'stays';
  const [live, config] = [part('live'), part('config')];
  // What is left of it would be in the way.
  const isCleared = live === 'comes' && isOneOf('live', 'in part');
  const unplug: Step[] =
    live === 'goes' || isCleared ? [{ kind: 'detach', on: 'guest', device, why: 'the guest has to let go of it' }, ...movedBack(device, change)] : [];
  const undefine: Step[] = config === 'goes' ? [{ kind: 'detach', on: 'definition', device, why: 'it is not there at the next start' }] : [];
  return [...(change.verb === 'attach' ? [...undefine, ...unplug] : [...unplug, ...undefine]), ...comingSteps(device, change, { live, config }, to)];
}

function comingSteps(device: string, change: Transition, { live, config }: { readonly live: string; readonly config: string }, to: State): Step[] {
  const place = to['place'] === 'as it runs' && config === 'comes' && to['live'] === 'yes' ? { place: 'as it runs' as const } : {};
  const text = to['xml'] ?? undefined;
  const moved = live === 'comes' ? movedAway(device, change) : [];
  if (live === 'comes' && config === 'comes' && text !== undefined && !('place' in place)) {
    return [...moved, { kind: 'attach', on: 'guest and definition', device, text, why: 'it has it at once and after the next start' }];
  }
  const define: Step[] =
    config === 'comes'
      ? [{ kind: 'attach', on: 'definition', device, text: text ?? to['configXml'] ?? '', ...place, why: 'it has it after the next start' }]
      : [];
  const plug: Step[] = live === 'comes' ? [{ kind: 'attach', on: 'guest', device, text: text ?? to['liveXml'] ?? '', why: 'it has it at once' }] : [];
  // The definition does not depend on the guest, so it comes first; unless it follows the guest.
  return 'place' in place ? [...moved, ...plug, ...define] : [...define, ...moved, ...plug];
}

/** libvirt takes a managed function from its host driver just before the guest gets it. */
export function movedAway(address: string, { before }: Pick<Transition, 'before'>): MoveStep[] {
  const driver = before['driver'] ?? undefined;
  return driver === undefined ? [] : [{ kind: 'move', address, from: driver, to: 'vfio-pci', why: 'libvirt takes it for the guest' }];
}

/** And gives it back once the guest has let go. */
export function movedBack(address: string, { before }: Pick<Transition, 'before'>): MoveStep[] {
  const driver = before['driver'] ?? undefined;
  const managed = driver !== undefined || before['managed'] === 'yes';
  return managed ? [{ kind: 'move', address, from: 'vfio-pci', to: driver ?? null, why: 'libvirt gives it back' }] : [];
}
