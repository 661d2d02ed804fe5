/** What a guest has claimed on a host already is there for it, and for nobody else. */
import { type GuestNames, isForGuest } from '../model/guest-of-claim.ts';
import type { PublishedFunction, ReservedIds } from '../model/records.ts';
import type { ClaimIndex, KeptClaim, KeptHost } from '../model/view.ts';

/** Claims of a fleet as one guest sees them. */
export interface GuestClaims {
  /** Keys of what it has claimed on that host. */
  readonly ownOn: (host: string) => ReadonlySet<string>;
  /** Of one of those of IBM Z: the ids that its claim keeps. */
  readonly idsOf: (functionKey: string) => ReservedIds | undefined;
  /** Without its own ones on that host. */
  readonly othersOn: (host: string) => ClaimIndex;
}

const NONE: ReadonlySet<string> = new Set();

/** `index` is of the same claims. */
export function guestClaims(claims: readonly KeptClaim[], index: ClaimIndex, guest: GuestNames): GuestClaims {
  const own = new Map<string, Set<string>>();
  for (const { record } of claims) {
    if (!isForGuest(record, guest) || record.state === 'lost' || record.state === 'stuck') continue;
    own.set(record.host, (own.get(record.host) ?? new Set()).add(record.function));
  }
  const ownOn = (host: string): ReadonlySet<string> => own.get(host) ?? NONE;
  return {
    ownOn,
    idsOf: (key) => index.of(key)?.record.zpci,
    othersOn: (host) => {
      const unlessOwn = (kept: KeptClaim | undefined): KeptClaim | undefined =>
        kept !== undefined && kept.record.host === host && ownOn(host).has(kept.record.function) ? undefined : kept;
      return { of: (key) => unlessOwn(index.of(key)), below: (key) => unlessOwn(index.below(key)) };
    },
  };
}

/** The host as the guest finds it: what is claimed for it there, and held by nobody else, is free for it. */
export function asGuestFindsIt(host: KeptHost, own: ReadonlySet<string>, { name }: Pick<GuestNames, 'name'>): KeptHost {
  if (own.size === 0) return host;
  const isItsOwn = ({ key, verdict, heldBy }: PublishedFunction): boolean =>
    verdict === 'held' && own.has(key) && heldBy.length > 0 && heldBy.every((each) => each === name);
  const functions = host.record.functions.map((each): PublishedFunction => (isItsOwn(each) ? { ...each, verdict: 'free' } : each));
  return { ...host, record: { ...host.record, functions } };
}
