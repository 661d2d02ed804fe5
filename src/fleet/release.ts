/** Giving claims back: what no guest has, or what its host has said is gone. What is attached its host detaches first. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import type { FunctionWord } from './model/function-word.ts';
import { claimKey, requestKey } from './model/keys.ts';
import { REQUEST } from './model/record-kinds.ts';
import { readEntry } from './model/record.ts';
import { transition } from './model/transition.ts';
import { functionWords, holderWords, type KeptClaim } from './model/view.ts';
import { readClaims, readClaimsAt, readFleetView } from './read-fleet.ts';
import { releaseOrphan } from './release-orphan.ts';
import { giveUp } from './request.ts';
import { commitDeletion } from './store/commit-deletion.ts';
import type { FleetStore } from './store/store.ts';

/** A function with all that was claimed together with it; everything of a request: its claims, or itself while it is open; an id whose claim is gone. */
export type ReleaseTarget = FunctionWord | { readonly kind: 'request'; readonly request: string } | { readonly kind: 'id'; readonly key: string };

export interface ReleaseOptions {
  readonly target: ReleaseTarget;
  readonly dryRun: boolean;
}

export interface Released {
  readonly claims: readonly KeptClaim[];
  /** A request that was open, and is given up. */
  readonly request: string | null;
  /** The key of an id of IBM Z that was kept for a claim that is gone. */
  readonly id: string | null;
}

/**
 * Gives back: all of it, or nothing.
 *
 * @throws {HostdevError} `claim-absent`, `claim-state` (with what has to be done first), `claim-changed`, `fleet-unclear`.
 */
export async function releaseClaims(store: FleetStore, { target, dryRun }: ReleaseOptions, signal?: AbortSignal): Promise<Released> {
  if (target.kind === 'id') {
    await releaseOrphan(store, target.key, dryRun, signal);
    return { claims: [], request: null, id: target.key };
  }
  if (target.kind === 'request') return releaseRequest(store, target.request, dryRun, signal);
  const claims = await claimsWith(store, target, signal);
  await freeClaims(store, claims, dryRun, signal);
  return { claims, request: null, id: null };
}

/** Given up first: no claim of it can come behind that, so those that are read then are all. */
async function releaseRequest(store: FleetStore, request: string, dryRun: boolean, signal?: AbortSignal): Promise<Released> {
  const { entries } = await store.get([requestKey(request)], signal);
  const open = entries[0] === undefined ? undefined : readEntry(entries[0], REQUEST);
  if (open !== undefined && !dryRun) await giveUp(store, open);
  const claims = await claimsOfRequest(store, request, signal);
  if (claims.length > 0) {
    await freeClaims(store, claims, dryRun, signal);
    return { claims, request: null, id: null };
  }
  if (open !== undefined) return { claims, request, id: null };
  throw new HostdevError('claim-absent', `nothing is claimed, or asked for, by ${request}`, {
    subject: request,
    hint: "'hostdev fleet claims' shows what is claimed",
  });
}

/** Frees claims in one transaction. */
async function freeClaims(store: FleetStore, claims: readonly KeptClaim[], dryRun: boolean, signal?: AbortSignal): Promise<void> {
  const deletion = transition(claims, { to: 'free', hand: 'claimer' });
  if (dryRun) return;
  const answer = await commitDeletion(store, deletion, signal);
  if (answer.outcome === 'unclear') throw HostdevError.from(answer.problem);
  if (answer.outcome === 'done') return;
  const now = new Map((await readClaimsAt(store, claims.map(({ key }) => key).slice(0, 100))).map((kept) => [kept.key, kept]));
  const changed = claims.find(({ key, modified }) => now.get(key)?.modified !== modified) ?? claims[0];
  const found = changed === undefined ? undefined : now.get(changed.key);
  const words = changed === undefined ? 'the claims were' : `the claim of ${functionWords(changed.record.function)} was`;
  throw new HostdevError('claim-changed', `${words} changed at the same time: now it is ${found === undefined ? 'free' : `of ${holderWords(found.record)}`}`, {
    subject: changed?.record.function,
    hint: 'nothing was given back: run it again when it is still wanted',
  });
}

async function claimsOfRequest(store: FleetStore, request: string, signal?: AbortSignal): Promise<KeptClaim[]> {
  return (await readClaims(store, signal)).kept.filter(({ record }) => record.request === request);
}

/** The claim of a function, and those of the rest of its group. */
async function claimsWith(store: FleetStore, target: FunctionWord, signal?: AbortSignal): Promise<KeptClaim[]> {
  const keys = target.kind === 'key' ? [target.key] : await keysAt(store, target, signal);
  const own = (await readClaimsAt(store, keys.map(claimKey), signal)).at(0);
  const words = target.kind === 'key' ? functionWords(target.key) : `${target.host} ${formatPciAddress(target.address)}`;
  if (own === undefined) {
    throw new HostdevError('claim-absent', `nobody has claimed ${words}`, { subject: words, hint: "'hostdev fleet claims' shows what is claimed" });
  }
  const others = await readClaimsAt(store, own.record.together.map(claimKey), signal);
  return [own, ...others.filter(({ record }) => record.request === own.record.request)];
}

/** By the address as its host shows it now; a claim of a card that has gone is named by its key. */
async function keysAt(store: FleetStore, { host, address }: Extract<FunctionWord, { kind: 'address' }>, signal?: AbortSignal): Promise<string[]> {
  const written = formatPciAddress(address);
  const { hosts } = await readFleetView(store, host, signal);
  const shown = hosts.flatMap(({ record }) => record.functions.filter((each) => each.address === written).map(({ key }) => key));
  return shown.length > 0 ? shown : [`host/${host}/${written}`];
}
