/**
 * What replaces a function of a guest by another one. State: `live` and `config` name the one of the two that is there, `none`, or both;
 * `live` is null when the guest does not run. What it takes: `liveXml` and `configXml` are the elements of the one that goes.
 */
import { HostdevError } from '../errors.ts';
import { type PciAddress, pciAddressAttributes } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { applySplices, setAttribute } from '../xml/edit.ts';
import { parseXml } from '../xml/parse.ts';
import { descend } from '../xml/read.ts';
import { functionsOf } from './change.ts';
import { movedAway } from './device-steps.ts';
import type { Step } from './step.ts';
import type { State, Transition } from './transition.ts';

/** Between the two names where a part of the guest has both for a moment. */
export const BOTH = ' ';

/** Which of two functions a part of a guest has. */
export function presentOf(functions: readonly string[], has: (name: string) => boolean): string {
  const present = functions.filter(has);
  return present.length === 0 ? 'none' : present.join(BOTH);
}

/** From one state of a swap to another: the definition first, which is quickly undone; the guest that runs is not. */
export function swapSteps(change: Transition, from: State, to: State): Step[] {
  const functions = functionsOf(change);
  return (['config', 'live'] as const).flatMap((part): Step[] => {
    const [now, wanted] = [from[part] ?? null, to[part] ?? null];
    if (now === null || wanted === null || now === wanted) return [];
    const on = part === 'live' ? 'guest' : 'definition';
    const [had, has] = [now.split(BOTH), wanted.split(BOTH)];
    const goes = functions.filter((name) => had.includes(name) && !has.includes(name));
    const comes = functions.filter((name) => !had.includes(name) && has.includes(name));
    return [
      ...goes.flatMap((device): Step[] => [
        { kind: 'detach', on, device, why: part === 'live' ? 'the guest has to let go of it' : 'another one takes its place' },
        ...(part === 'live' ? backSteps(device, change) : []),
      ]),
      ...comes.flatMap((device): Step[] => [
        ...(part === 'live' && device === functions[1] ? movedAway(device, change) : []),
        { kind: 'attach', on, device, text: elementOf(change, part, device), why: 'at the same place, with the same ids' },
      ]),
    ];
  });
}

/** The one that goes back to the host: the new one to the driver that it had, the old one to whichever wants it. */
function backSteps(device: string, change: Transition): Step[] {
  if (change.before['managed'] !== 'yes') return [];
  const to = device === functionsOf(change)[1] ? (change.before['driver'] ?? null) : null;
  return [{ kind: 'move', address: device, from: 'vfio-pci', to, why: 'libvirt gives it back' }];
}

function elementOf(change: Transition, part: 'live' | 'config', device: string): string {
  const { before, wanted } = change;
  const text = before[`${part}Xml`] ?? wanted[`${part}Xml`] ?? '';
  return device === functionsOf(change)[0] ? text : withSource(text, parsePciAddress(device));
}

/** The element with another function as its source; nothing else changes. */
function withSource(text: string, source: PciAddress): string {
  const document = parseXml(text);
  const address = descend(document.root, 'source', 'address');
  if (address === undefined)
    throw new HostdevError('source-invalid', 'the device does not say which function it is', { hint: 'detach it and attach the other one' });
  return applySplices(
    text,
    pciAddressAttributes(source).map(([name, value]) => setAttribute(address, name, value)),
  );
}
