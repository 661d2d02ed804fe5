/** What a host has to say of its claims when it looks: what is so on the host decides, and nothing is freed by it. */
import type { Problem } from '../../errors.ts';
import { isForOneOf } from './guest-of-claim.ts';
import type { Claim, PublishedFunction } from './records.ts';
import { cardDifferences, movedTo } from './same-card.ts';
import { FOREIGN, type NextState } from './transition.ts';
import { functionWords, holderWords, type KeptClaim } from './view.ts';

/** What a host sees of itself. */
export interface SeenHost {
  readonly host: string;
  readonly functions: readonly PublishedFunction[];
  /** Guests, by name and uuid, that have a function in what runs or in a definition, by its key; undefined where libvirt cannot be asked. */
  readonly given: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  /** Keys of functions of changes that were interrupted: what becomes of them is 'hostdev recover' 's to say. */
  readonly interrupted: ReadonlySet<string>;
}

/** One thing to tell the fleet. */
export type Correction =
  | { readonly kind: 'step'; readonly claim: KeptClaim; readonly to: NextState; readonly why: string | null; readonly words: string }
  /** A guest has what nobody claimed. */
  | { readonly kind: 'foreign'; readonly published: PublishedFunction; readonly guest: string; readonly words: string };

export interface Reconciled {
  readonly corrections: readonly Correction[];
  /** What the host cannot bring in order itself. */
  readonly problems: readonly Problem[];
}

/** `claims` are all that are of this host's functions, whoever they name. */
export function reconcile(seen: SeenHost, claims: readonly KeptClaim[]): Reconciled {
  const functions = new Map(seen.functions.map((each) => [each.key, each]));
  const own = claims.filter(({ record }) => record.host === seen.host);
  const found = own.map((claim) => ofClaim(seen, claim, functions.get(claim.record.function)));
  const claimed = new Map(claims.map((claim) => [claim.record.function, claim]));
  const held = seen.functions.map((published) => ofHeld(seen, published, claimed.get(published.key)));
  return {
    corrections: [...found, ...held].flatMap((each) => (each !== undefined && 'kind' in each ? [each] : [])),
    problems: [...found, ...held].flatMap((each) => (each !== undefined && 'code' in each ? [each] : [])),
  };
}

function ofClaim(seen: SeenHost, claim: KeptClaim, published: PublishedFunction | undefined): Correction | Problem | undefined {
  const { record } = claim;
  const step: Step = (to, why, words) =>
    record.state === to && record.why === why
      ? undefined
      : { kind: 'step', claim, to, why, words: `${functionWords(record.function)}, claimed for ${record.guest}: ${words}` };
  if (seen.interrupted.has(record.function)) return interrupted(record, step);
  const gone = whyGone(seen, record, published);
  if (gone !== undefined && record.why === FOREIGN) return ended(record, step, gone);
  if (gone !== undefined) return record.state === 'stuck' ? undefined : step('lost', gone, `it is lost: ${gone}`);
  const has = hasIt(seen, record, published);
  switch (record.state) {
    case 'claimed':
      return has === true ? step('attached', record.why, 'its guest has it') : undefined;
    case 'attaching':
    case 'releasing':
    case 'lost':
      // A host that knows of no change that goes on is where the change has ended.
      if (has === true) return step('attached', null, 'its guest has it');
      if (has === false && record.why === FOREIGN) return ended(record, step, 'its guest does not have it any more');
      return has === false || record.state === 'lost' ? step('claimed', null, 'its guest does not have it') : undefined;
    case 'attached':
      if (has !== false) return undefined;
      if (record.why === FOREIGN) return ended(record, step, 'its guest does not have it any more');
      return step('claimed', null, 'its guest does not have it any more');
    case 'stuck':
      // The journal has nothing of it any more: somebody has recovered it.
      return has === undefined ? undefined : step(has ? 'attached' : 'claimed', null, 'it was recovered');
  }
}

type Step = (to: NextState, why: string | null, words: string) => Correction | undefined;

/** Nobody asked for what was only found: it ends as it came. */
function ended({ state }: Claim, step: Step, words: string): Correction | undefined {
  return state === 'releasing' ? step('free', null, `nobody claimed it; ${words}`) : step('releasing', FOREIGN, words);
}

const INTERRUPTED = 'a change of it was interrupted';

/** Said to all of the fleet where the claim was on its way: nobody else can know that it does not go on. It is another's again when it was recovered. */
function interrupted(record: Claim, step: Step): Correction | Problem | undefined {
  const isOnItsWay = record.state === 'attaching' || record.state === 'releasing' || record.state === 'attached';
  const said = isOnItsWay ? step('stuck', INTERRUPTED, INTERRUPTED) : undefined;
  return said ?? problem('recovery-needed', record, INTERRUPTED, "'hostdev recover' finishes or undoes it");
}

/** Whether the guest of a claim has the function; undefined where nobody can tell. */
function hasIt(seen: SeenHost, claim: Claim, published: PublishedFunction | undefined): boolean | undefined {
  // Who has what was only found may have no name.
  if (claim.why === FOREIGN && published?.verdict === 'held' && published.heldBy.length === 0) return true;
  if (isWithItsGuest(seen, claim, published)) return true;
  return seen.given === undefined ? undefined : false;
}

function isWithItsGuest({ given }: SeenHost, claim: Claim, published: PublishedFunction | undefined): boolean {
  return published?.heldBy.includes(claim.guest) === true || isForOneOf(claim, given?.get(claim.function) ?? new Set());
}

function whyGone({ functions }: SeenHost, { function: key, fingerprint }: Claim, published: PublishedFunction | undefined): string | undefined {
  const [difference] = published === undefined ? [] : cardDifferences(fingerprint, published.fingerprint);
  if (published !== undefined && difference === undefined) return undefined;
  const what = difference === undefined ? 'the host has no such function any more' : `another card is there: ${difference}`;
  const moved = movedTo({ function: key, fingerprint }, functions);
  return moved === undefined ? what : `${what}; the card is ${moved.address} now`;
}

function ofHeld(seen: SeenHost, published: PublishedFunction, claim: KeptClaim | undefined): Correction | Problem | undefined {
  const [holder] = published.heldBy;
  if (published.verdict !== 'held' || seen.interrupted.has(published.key)) return undefined;
  const guest = holder ?? 'unknown';
  if (claim === undefined) return { kind: 'foreign', published, guest, words: `${functionWords(published.key)}: ${guest} has it, and nobody claimed it` };
  const { record } = claim;
  const isItsGuest = holder === undefined || isWithItsGuest(seen, record, published);
  if (record.host === seen.host && (isItsGuest || record.why === FOREIGN)) return undefined;
  return problem(
    'claim-disagrees',
    record,
    `${guest} on ${seen.host} has it, and it is claimed for ${holderWords(record)}`,
    `detach it from ${guest}, or release the claim`,
  );
}

function problem(code: Problem['code'], { function: key }: Claim, message: string, hint: string): Problem {
  return { code, severity: 'error', subject: key, message: `${functionWords(key)}: ${message}`, hint };
}
