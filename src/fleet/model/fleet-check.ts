/** Where claims, hosts, guests and signs of life contradict each other, and what to do about each. Nothing is freed by what is found. */
import type { ErrorCode, Problem } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import { isUuid } from './guest-of-claim.ts';
import type { Kept } from './record.ts';
import type { Claim, ClaimRequest, HostRecord, Mapping, PublishedFunction, Reservation } from './records.ts';
import { checkReservations } from './reservation-check.ts';
import { cardDifferences, movedTo } from './same-card.ts';
import { FOREIGN } from './transition.ts';
import { type ClaimIndex, type FleetView, functionWords, holderWords, indexClaims, type KeptClaim, type KeptHost, publishedFunction } from './view.ts';

export interface WholeFleet extends FleetView {
  readonly mappings: readonly Kept<Mapping>[];
  readonly requests: readonly Kept<ClaimRequest>[];
  /** Ids that are kept for claims. */
  readonly reservations: readonly Kept<Reservation>[];
  /** Hosts whose sign of life is there: a hint. */
  readonly alive: ReadonlySet<string>;
}

/**
 * All that a check asks of a host: a fleet may have thousands, and of most of their functions there is nothing to say. A card that a claim has lost
 * may be any of them.
 */
export function asChecked(claims: readonly KeptClaim[]): (host: KeptHost) => KeptHost {
  const index = indexClaims(claims);
  const missing = new Set(claims.flatMap(({ record: { state, host } }) => (state === 'lost' ? [host] : [])));
  return (host) => {
    if (missing.has(host.record.host)) return host;
    const functions = host.record.functions.filter(({ key, heldBy }) => heldBy.length > 0 || index.of(key) !== undefined);
    return { ...host, record: { ...host.record, functions } };
  };
}

/** In the order of hosts and claims; what could not be read first. */
export function checkFleet(fleet: WholeFleet): Problem[] {
  const hosts = new Map(fleet.hosts.map((host) => [host.record.host, host]));
  const index = indexClaims(fleet.claims);
  return [
    ...fleet.problems,
    ...fleet.hosts.flatMap(({ record }) => ofHost(record, fleet.alive)),
    ...twins(fleet.hosts),
    ...versions(fleet.hosts),
    ...fleet.claims.flatMap((claim) => ofClaim(claim, hosts.get(claim.record.host), { mappings: fleet.mappings, index })),
    ...fleet.hosts.flatMap((host) => unclaimed(host, index)),
    ...fleet.requests.map(({ record }) => openRequest(record)),
    ...checkReservations(fleet, index),
  ];
}

function ofHost({ host, problems }: HostRecord, alive: WholeFleet['alive']): Problem[] {
  const found: Problem[] = [];
  if (!alive.has(host)) {
    found.push(
      error(
        'host-silent',
        host,
        `${host} gives no signs of life: what is claimed there stays claimed`,
        `start its agent (systemctl start hostdev-agent); if it is off for good: hostdev fleet forget ${host} --fenced`,
      ),
    );
  }
  for (const problem of problems) found.push(warning('claim-impossible', host, `${host} gives nothing: ${problem}`, `'hostdev check' on ${host}`));
  return found;
}

/** Two names of one machine: it would answer for the functions of both. */
function twins(hosts: readonly KeptHost[]): Problem[] {
  const names = new Map<string, string>();
  return hosts.flatMap(({ record: { host, uuid } }) => {
    const other = names.get(uuid);
    if (other === undefined) names.set(uuid, host);
    if (other === undefined) return [];
    const hint = `if its name was changed: hostdev fleet forget ${other} --fenced; if it is a copy of a disk, give it a machine id of its own`;
    return [error('host-twice', host, `${other} and ${host} are one machine (${uuid})`, hint)];
  });
}

/** What a newer hostdev tells an older one may not understand: for a while, as while all are updated, that does no harm. */
function versions(hosts: readonly KeptHost[]): Problem[] {
  const newest = hosts.map(({ record }) => record).reduce<HostRecord | undefined>((so, each) => (so === undefined || isOlder(so, each) ? each : so), undefined);
  if (newest === undefined) return [];
  return hosts.flatMap(({ record }) => {
    if (!isOlder(record, newest)) return [];
    const message = `${record.host} runs hostdev ${record.hostdev}, and ${newest.host} runs ${newest.hostdev}`;
    return [warning('fleet-versions', record.host, message, `update hostdev on ${record.host}, then there: systemctl restart hostdev-agent`)];
  });
}

function isOlder({ hostdev: one }: HostRecord, { hostdev: other }: HostRecord): boolean {
  const [a, b] = [one, other].map((version) => (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number)) as [number[], number[]];
  const differences = Array.from({ length: Math.max(a.length, b.length) }, (_, at) => (a[at] ?? 0) - (b[at] ?? 0));
  return (differences.find((difference) => difference !== 0) ?? 0) < 0;
}

/** What a claim is held against besides its host. */
interface Beside extends Pick<WholeFleet, 'mappings'> {
  readonly index: ClaimIndex;
}

/** What is known of a claim's function. */
interface Seen {
  readonly claim: Claim;
  readonly published: PublishedFunction;
}

function ofClaim(kept: KeptClaim, host: KeptHost | undefined, { mappings, index }: Beside): Problem[] {
  const claim = kept.record;
  const what = `${functionWords(claim.function)} is claimed: ${holderWords(claim)}`;
  const found = [...ofState(claim, what, host?.record), ...ofMapping(claim, mappings)];
  if (host === undefined) {
    const hint = `'hostdev fleet join' on ${claim.host}; if it is off for good: hostdev fleet forget ${claim.host} --fenced`;
    return [...found, error('fleet-host-unknown', claim.function, `${what}, and the fleet has no host ${claim.host}`, hint)];
  }
  // What has taken its place is another one.
  if (claim.state === 'lost') return found;
  const published = publishedFunction(host.record, claim.function);
  if (published === undefined) {
    const hint = `see whether ${claim.host} has lost the card, or numbers it otherwise; its agent says lost when it has looked, then: hostdev fleet release ${claim.function}`;
    return [...found, error('claim-lost', claim.function, `${what}, and ${claim.host} has no such function`, hint)];
  }
  const seen = { claim, published };
  return [...found, ...ofCard(seen), ...ofHolder(seen), ...ofUse(seen), ...ofExclusion(seen, index), ...ofGroup(seen, index)];
}

function ofState(claim: Claim, what: string, record: HostRecord | undefined): Problem[] {
  const { state, why, function: key, host, guest } = claim;
  const because = why === null ? '' : `: ${why}`;
  if (state === 'stuck') return [error('claim-stuck', key, `${what}${because}`, `'hostdev recover' on ${host}`)];
  if (state === 'lost') {
    const moved = record === undefined ? undefined : movedTo(claim, record.functions);
    const when = moved === undefined ? 'when the card does not come back: ' : '';
    const next = moved === undefined ? '' : `; then: hostdev fleet claim ${moved.key} --for ${shellWord(guest)}`;
    return [error('claim-lost', key, `${what}${because}`, `${when}hostdev fleet release ${key}${next}`)];
  }
  if (why !== FOREIGN) return [];
  const address = record === undefined ? undefined : publishedFunction(record, key)?.address;
  const back = address === undefined ? '' : `; to take it from the guest, on ${host}: hostdev detach ${shellWord(guest)} ${address} --persistent`;
  const hint = `nothing has to be done, it is free for others when the guest lets go${back}`;
  return [warning('claim-foreign', key, `${what}; it was given past the fleet`, hint)];
}

function ofMapping({ mapping, function: key }: Claim, mappings: WholeFleet['mappings']): Problem[] {
  if (mapping === null || mappings.some(({ record }) => record.name === mapping)) return [];
  const hint = `'hostdev fleet mapping set ${mapping} --match …' makes it anew; the claim is good without`;
  return [warning('mapping-unknown', key, `${functionWords(key)} was claimed by the mapping ${mapping}, which is gone`, hint)];
}

function ofCard({ claim, published }: Seen): Problem[] {
  if (cardDifferences(claim.fingerprint, published.fingerprint).length === 0) return [];
  const message = `${functionWords(claim.function)} is another card than was claimed: it was ${claim.fingerprint}, and is ${published.fingerprint}`;
  return [error('claim-disagrees', claim.function, message, `release it and claim again: hostdev fleet release ${claim.function}`)];
}

/** Who holds it on the host, against who is to have it. */
function ofHolder({ claim, published }: Seen): Problem[] {
  const { heldBy } = published;
  // A host tells names. Whether the guest of a uuid has it, its agent sees, and says attached then.
  const isItsOwn = (guest: string): boolean => guest === claim.guest || (claim.state === 'attached' && isUuid(claim.guest));
  const others = heldBy.filter((guest) => !isItsOwn(guest));
  if (others.length > 0) {
    const hint = `shut ${others.join(', ')} down or detach it there; then start ${claim.guest}, or release the claim`;
    return [disagrees(claim, `${claim.host} sees it with ${others.join(', ')}`, hint)];
  }
  const isHeld = heldBy.length > 0;
  // An attached one that nobody holds is in the definition of a guest that is off; where it is not, the host's agent makes it claimed.
  if (claim.state === 'claimed' && isHeld) {
    return [
      disagrees(
        claim,
        `${claim.host} sees that the guest has it already`,
        `its agent says attached when it has looked: systemctl restart hostdev-agent on ${claim.host}`,
      ),
    ];
  }
  return [];
}

function ofUse({ claim, published }: Seen): Problem[] {
  if (published.verdict !== 'in use' && published.verdict !== 'not assignable') return [];
  const why = published.evidence.join('; ') || published.verdict;
  return [
    disagrees(
      claim,
      `${claim.host} says ${published.verdict}: ${why}`,
      `let the host do without it, or release the claim: hostdev fleet release ${claim.function}`,
    ),
  ];
}

function ofExclusion({ claim, published }: Seen, index: ClaimIndex): Problem[] {
  const physical = published.physicalFunction === null ? undefined : index.of(published.physicalFunction);
  if (physical === undefined) return [];
  const message = `its physical function is claimed as well: ${holderWords(physical.record)}`;
  return [disagrees(claim, message, 'release one of them: a guest that has the physical function takes the virtual ones away')];
}

function ofGroup({ claim, published }: Seen, index: ClaimIndex): Problem[] {
  const isElsewhere = (key: string): boolean => {
    const other = index.of(key)?.record;
    // What was given past the fleet nobody asked for: the rest is its guest's, or nobody's.
    if (other === undefined) return claim.why !== FOREIGN;
    const isFound = claim.why === FOREIGN || other.why === FOREIGN;
    return isFound ? other.host !== claim.host || other.guest !== claim.guest : other.request !== claim.request;
  };
  const split = published.companions.filter(isElsewhere);
  if (split.length === 0) return [];
  const message = `the rest of its IOMMU group is not claimed with it: ${split.map(functionWords).join(', ')}`;
  return [disagrees(claim, message, `the group has changed since: release it and claim again: hostdev fleet release ${claim.function}`)];
}

/** What guests hold although nobody has claimed it. */
function unclaimed({ record }: KeptHost, index: ClaimIndex): Problem[] {
  return record.functions
    .filter(({ key, heldBy }) => heldBy.length > 0 && index.of(key) === undefined)
    .map(({ key, heldBy }) =>
      error(
        'claim-disagrees',
        key,
        `${functionWords(key)} is with ${heldBy.join(', ')}, and nobody has claimed it`,
        `the agent of ${record.host} makes a claim of it when it runs: systemctl start hostdev-agent there`,
      ),
    );
}

function openRequest({ request, what, guest, by, at }: ClaimRequest): Problem {
  const hint = `if ${by} is not at it any more: hostdev fleet release ${request}`;
  return warning('request-open', request, `${by} has asked for ${what} for guest ${guest} since ${at}, and has neither got it nor given up`, hint);
}

function disagrees(claim: Claim, against: string, hint: string): Problem {
  return error('claim-disagrees', claim.function, `${functionWords(claim.function)} is claimed: ${holderWords(claim)}; ${against}`, hint);
}

function error(code: ErrorCode, subject: string, message: string, hint: string): Problem {
  return { code, severity: 'error', subject, message, hint };
}

function warning(code: ErrorCode, subject: string, message: string, hint: string): Problem {
  return { code, severity: 'warning', subject, message, hint };
}
