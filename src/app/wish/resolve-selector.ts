/** From what a wish names a function by to its address on the host, or why that is not known yet. */
import type { FunctionName } from '../../domain/function-name.ts';
import { HostdevError } from '../../errors.ts';
import { readFingerprint } from '../../host/fingerprint.ts';
import { readRules } from '../../host/persist/rules.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../../pci/address.ts';
import { type Fingerprint, fingerprintDifferences } from '../../state/fingerprint.ts';
import { functionNamed } from '../../state/named-functions.ts';
import type { NodeDevice } from '../../state/node-device.ts';
import type { CardMatch, Selector } from '../../wish/wish.ts';
import { viewHost } from '../host-view.ts';
import { located, type Looking } from './wish-item.ts';

/** `later`: what has to be done before; `of`: the function that is there until then. */
export type Resolved = { readonly address: PciAddress } | { readonly later: string; readonly of?: PciAddress };

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
  if (pending.gone.has(name)) return { later: `${name} has gone`, of: address };
  const user = pending.running.get(name);
  if (user !== undefined) return { later: `${user} has ${name}`, of: address };
  return pending.moved.has(name) ? { later: `${name} was given back`, of: address } : { address };
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
  const cards = await cardsOf(looking, functions);
  const [first, ...others] = cards.filter(({ device, card }) => fits(match, card, device));
  if (first !== undefined && others.length === 0) return settled(looking, first.device);
  if (first === undefined && looking.pending.slots.size > 0) return { later: `${written} is there` };
  if (first === undefined) throw noCard(match, written, cards);
  const names = [first, ...others].map(({ device }) => formatPciAddress(device.address));
  throw new HostdevError('address-ambiguous', `${written} means ${names.length} functions: ${names.join(', ')}`, {
    subject: written,
    hint: 'add serial or place, or name the one that is meant by its address',
  });
}

interface Card {
  readonly device: NodeDevice;
  readonly card: Fingerprint;
}

/** A function shows its MAC address while it has its host driver; what is kept across boots remembers it. */
async function cardsOf({ view: { port } }: Looking, functions: readonly NodeDevice[]): Promise<Card[]> {
  const kept = new Map((await readRules(port)).flatMap(({ address, parsed }) => (parsed.kind === 'rule' ? [[address, parsed.rule.fingerprint] as const] : [])));
  const cards = await Promise.all(
    functions.map(async (device): Promise<Card[]> => {
      const card = await readFingerprint(port, device.address);
      if (card === undefined) return [];
      const rule = kept.get(formatPciAddress(device.address));
      const isKept = rule !== undefined && fingerprintDifferences(rule, card).length === 0;
      return [{ device, card: isKept ? { ...card, mac: card.mac ?? rule.mac } : card }];
    }),
  );
  return cards.flat();
}

function noCard({ mac, serial, ...match }: CardMatch, written: string, cards: readonly Card[]): HostdevError {
  const like = cards.filter(({ device, card }) => fits(match, card, device));
  const unseen = like.filter(({ card }) => (mac !== undefined && card.mac === null) || (serial !== undefined && card.serial === null));
  const names = unseen.map(({ device }) => formatPciAddress(device.address)).join(', ');
  return unseen.length === 0
    ? new HostdevError('function-unknown', `this machine has no function that is ${written}`, {
        subject: written,
        hint: "'hostdev show ADDRESS' tells what a function is",
      })
    : new HostdevError('function-unknown', `no function shows that it is ${written}; ${names} may be, without showing all of that`, {
        subject: written,
        hint:
          serial === undefined
            ? 'a MAC address is shown by host drivers only: add serial or place, or persist: true to a function that is prepared'
            : 'serial numbers are shown to root only, and not by every card: run it as root, or say place',
      });
}

/** What cannot be seen fits nothing. */
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
