/** What `mapping:gpu-a10` means for a guest on its host: what is claimed for it there by that mapping, or what its attach may claim on the way. */
import type { AppContext } from '../app/context.ts';
import { lookAgain, viewHost } from '../app/host-view.ts';
import type { MappedWish } from '../app/mapped-functions.ts';
import { HostdevError } from '../errors.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { planClaim } from './claim.ts';
import { claimsOfHost } from './claims-of-host.ts';
import type { FleetAccess } from './fleet-access.ts';
import { readFleet } from './fleet-record.ts';
import { readMachineSerial } from './machine-identity.ts';
import { functionsOf } from './model/candidate.ts';
import { functionKeys } from './model/function-keys.ts';
import { isForGuest } from './model/guest-of-claim.ts';
import { CLAIM_STATES, type ClaimState } from './model/records.ts';
import { functionWords, type KeptClaim } from './model/view.ts';
import { readMapping } from './mappings.ts';

/** On a host of a fleet. */
export interface MappedOnHost extends MappedWish {
  /** This host's name in the fleet. */
  readonly host: string;
}

/**
 * The functions to attach, as this host shows them now: the one that was chosen, then the rest of its group where that goes along.
 *
 * What is claimed by that mapping comes first, and what the guest has already before anything new: asking again gives no second function. Nothing is
 * written: a host claims under its lock, and its certificate need not be able to ask for more.
 *
 * @throws {HostdevError} `mapping-unknown`, `claim-none-free`; `claim-missing` where the fleet wants claims; `function-vanished`.
 */
export async function mappedFunctions(
  access: Pick<FleetAccess, 'store'>,
  { port }: Pick<AppContext, 'port'>,
  wish: MappedOnHost,
  signal?: AbortSignal,
): Promise<PciAddress[]> {
  const { state, judgments } = await viewHost(lookAgain({ port }));
  const identity = { host: wish.host, serial: await readMachineSerial(port) };
  const keys = functionKeys(state.functions, identity);
  const keyOf = (address: PciAddress): string | undefined => keys.get(formatPciAddress(address));
  const except = new Set((wish.except ?? []).flatMap((address) => keyOf(address) ?? []));
  const own = ownClaims(await claimsOfHost(access.store, identity, signal), wish).filter((key) => !except.has(key));
  const [first] = own;
  // Where the host made the claims itself, only its groups say what goes together.
  const mates = judgments.find(({ device }) => keyOf(device.address) === first)?.companions.map(({ address }) => keyOf(address)) ?? [];
  const wanted = first === undefined ? await claimable(access, { ...wish, except }, signal) : [first, ...own.filter((key) => mates.includes(key))];
  return wanted.map((key) => {
    const found = state.functions.find(({ address }) => keyOf(address) === key);
    if (found !== undefined) return found.address;
    throw new HostdevError('function-vanished', `${functionWords(key)}, which mapping ${wish.mapping} stands for, is gone from this host`, {
      subject: key,
      hint: "'hostdev agent --once' tells the fleet so; then run it again",
    });
  });
}

/** What no host has begun with, then what the guest has, then what cannot be given as it is. */
const NEW_FIRST: readonly ClaimState[] = CLAIM_STATES;
const HELD_FIRST: readonly ClaimState[] = ['attached', 'attaching', 'releasing', 'claimed', 'lost', 'stuck'];

/** Keys of what is claimed for the guest by the mapping, in the order in which it is meant. */
function ownClaims(claims: readonly KeptClaim[], { mapping, guest, first }: MappedWish): string[] {
  const order = first === 'held' ? HELD_FIRST : NEW_FIRST;
  return claims
    .filter(({ record }) => record.mapping === mapping && isForGuest(record, guest))
    .toSorted((a, b) => order.indexOf(a.record.state) - order.indexOf(b.record.state))
    .map(({ record }) => record.function);
}

/** Keys of what nobody has claimed. Chance has no part in it: what a dry run shows is what is attached then. */
async function claimable(
  access: Pick<FleetAccess, 'store'>,
  { mapping, guest, host, except }: Omit<MappedOnHost, 'except'> & { readonly except: ReadonlySet<string> },
  signal?: AbortSignal,
): Promise<string[]> {
  const options = {
    target: { kind: 'mapping', name: mapping },
    what: mapping,
    guest: guest.name,
    host,
    count: 1,
    wholeGroup: false,
    except,
    until: null,
  } as const;
  const chosen = await planClaim({ ...access, random: () => 0 }, options, signal);
  const fleet = await readFleet(access.store, signal);
  if (fleet?.record.requireClaims !== true) return chosen.flatMap(functionsOf).map(({ key }) => key);
  throw new HostdevError('claim-missing', `nothing of mapping ${mapping} is claimed for ${guest.name}, and this fleet gives nothing without a claim`, {
    subject: mapping,
    hint: `hostdev fleet claim ${mapping} --for ${guest.name} --host ${host}`,
  });
}

/** The addresses of all that is claimed for the guest by the mapping and this host shows, whatever has become of it. */
export async function claimedByMapping(
  access: Pick<FleetAccess, 'store'>,
  { port }: Pick<AppContext, 'port'>,
  wish: MappedOnHost,
  signal?: AbortSignal,
): Promise<PciAddress[]> {
  await readMapping(access.store, wish.mapping, signal);
  const { state } = await viewHost(lookAgain({ port }));
  const identity = { host: wish.host, serial: await readMachineSerial(port) };
  const keys = functionKeys(state.functions, identity);
  const own = new Set(ownClaims(await claimsOfHost(access.store, identity, signal), wish));
  return state.functions.flatMap(({ address }) => (own.has(keys.get(formatPciAddress(address)) ?? '') ? [address] : []));
}
