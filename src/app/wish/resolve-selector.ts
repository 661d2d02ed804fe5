/** From what a wish names a function by to its address on the host, or why that is not known yet. */
import type { FunctionName } from '../../domain/function-name.ts';
import { HostdevError } from '../../errors.ts';
import { readFingerprint } from '../../host/fingerprint.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../../pci/address.ts';
import type { Fingerprint } from '../../state/fingerprint.ts';
import { functionNamed } from '../../state/named-functions.ts';
import type { NodeDevice } from '../../state/node-device.ts';
import type { CardMatch, Selector } from '../../wish/wish.ts';
import { viewHost } from '../host-view.ts';
import { located, type Looking } from './wish-item.ts';

/** `later`: what has to be done before. */
export type Resolved = { readonly address: PciAddress } | { readonly later: string };

/**
 * The function that is meant.
 *
 * @throws {HostdevError} `function-unknown`, `address-ambiguous`, `sriov-count`, with the place in the wish.
 */
export function resolveSelector(looking: Looking, selector: Selector): Promise<Resolved> {
  return located(selector.at, () => resolve(looking, selector));
}

async function resolve(looking: Looking, selector: Selector): Promise<Resolved> {
  const { functions } = (await viewHost(looking.view)).state;
  switch (selector.kind) {
    case 'name':
      return resolveName(looking, functions, selector.name);
    case 'virtual': {
      const pf = resolveName(looking, functions, selector.physicalFunction);
      return 'later' in pf ? pf : virtualOf(looking, functions, pf.address, selector);
    }
    case 'match':
      return resolveMatch(looking, functions, selector);
  }
}

function resolveName(looking: Looking, functions: readonly NodeDevice[], name: FunctionName): Resolved {
  const { pending } = looking;
  if (name.kind === 'fid' && pending.slots.has(name.id)) return { later: `${name.written} is configured` };
  const found = functionNamed(functions, name);
  const isAwaited = pending.slots.size + pending.vfs.size > 0;
  if ('code' in found) {
    if (isAwaited && found.code === 'function-unknown') return { later: `${name.written} is there` };
    throw HostdevError.from(found);
  }
  const device = functions.find(({ address }) => samePciAddress(address, found));
  if (device === undefined) return isAwaited ? { later: `${formatPciAddress(found)} is there` } : { address: found };
  return settled(looking, device);
}

/** A function that goes, or changes hands, before it is its turn is looked at then. */
function settled({ pending }: Looking, { address, physicalFunction }: NodeDevice): Resolved {
  const name = formatPciAddress(address);
  const pf = physicalFunction === undefined ? undefined : formatPciAddress(physicalFunction);
  if (pf !== undefined && pending.vfs.has(pf)) return { later: `${pf} has its virtual functions` };
  return pending.moved.has(name) ? { later: `${name} was given back` } : { address };
}

function virtualOf(
  looking: Looking,
  functions: readonly NodeDevice[],
  pf: PciAddress,
  { index, written }: { readonly index: number; readonly written: string },
): Resolved {
  const name = formatPciAddress(pf);
  const virtual = functions.find(({ address }) => samePciAddress(address, pf))?.sriov?.virtualFunctions ?? [];
  const count = looking.pending.vfs.get(name) ?? virtual.length;
  const found = virtual[index];
  if (index >= count || (found === undefined && !looking.pending.vfs.has(name))) {
    throw new HostdevError('sriov-count', `there is no ${written}: it has ${count}`, {
      subject: name,
      hint: 'they are counted from 0; numVfs under virtualFunctions says how many there are to be',
    });
  }
  if (looking.pending.vfs.has(name) || found === undefined) return { later: `${name} has its virtual functions` };
  const device = functions.find(({ address }) => samePciAddress(address, found));
  return device === undefined ? { address: found } : settled(looking, device);
}

async function resolveMatch(looking: Looking, functions: readonly NodeDevice[], { match, written }: Selector & { readonly kind: 'match' }): Promise<Resolved> {
  const all = await Promise.all(functions.map(async (device) => ({ device, card: await readFingerprint(looking.view.port, device.address) })));
  const [first, ...others] = all.filter(({ device, card }) => card !== undefined && fits(match, card, device));
  if (first !== undefined && others.length === 0) return settled(looking, first.device);
  if (first === undefined && looking.pending.slots.size > 0) return { later: `${written} is there` };
  const names = [first, ...others].flatMap((each) => (each === undefined ? [] : [formatPciAddress(each.device.address)]));
  throw names.length === 0
    ? new HostdevError('function-unknown', `this machine has no function that is ${written}`, {
        subject: written,
        hint: "'hostdev show ADDRESS' tells what a function is",
      })
    : new HostdevError('address-ambiguous', `${written} means ${names.length} functions: ${names.join(', ')}`, {
        subject: written,
        hint: 'add serial or place, or name the one that is meant by its address',
      });
}

/** A serial number that only root sees fits nobody's. */
function fits({ vendor, device, subsystemVendor, subsystemDevice, serial, mac, place }: CardMatch, card: Fingerprint, { address }: NodeDevice): boolean {
  const pairs: readonly (readonly [string | undefined, string | null | undefined])[] = [
    [vendor, card.vendor],
    [device, card.device],
    [subsystemVendor, card.subsystemVendor],
    [subsystemDevice, card.subsystemDevice],
    [serial, card.serial?.bytes],
    [mac, card.mac?.toLowerCase()],
    [place, formatPciAddress(address)],
  ];
  return pairs.every(([wanted, is]) => wanted === undefined || wanted === is);
}

/** For whoever only asks whether a function is named: what is not there is told by whoever needs it. */
export function ignoreUnknown(error: unknown): undefined {
  if (!(error instanceof HostdevError)) throw error;
}
