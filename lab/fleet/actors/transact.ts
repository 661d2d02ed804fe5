/** Transactions of actors whose answers are made clear, and the claims they read and write. */
import { claimKey, claimsPrefix, requestKey, zpciKey } from '../../../src/fleet/model/keys.ts';
import type { Claim, ClaimState } from '../../../src/fleet/model/records.ts';
import type { Commit, Compare, Entry, FleetStore, Operation, Transaction } from '../../../src/fleet/store/store.ts';
import type { Surroundings } from './surroundings.ts';

type Answer = Exclude<Commit, { readonly outcome: 'unclear' }>;

/** A claim as the store has it. */
export interface Held {
  readonly claim: Claim;
  readonly created: bigint;
  readonly modified: bigint;
}

/** The same transaction until it is clear what became of it. */
export async function clearly({ store, pause }: Surroundings, transaction: Transaction): Promise<Answer> {
  for (;;) {
    const commit = await store.commit(transaction);
    if (commit.outcome !== 'unclear') return commit;
    await pause();
  }
}

export async function listClaims(store: FleetStore): Promise<Held[]> {
  const held: Held[] = [];
  for (let after: string | undefined, revision: bigint | undefined, first = true; first || after !== undefined; first = false) {
    const page = await store.list(claimsPrefix, { ...(after === undefined ? {} : { after }), ...(revision === undefined ? {} : { revision }) });
    held.push(...page.entries.map(heldOf));
    [after, revision] = [page.next, page.revision];
  }
  return held;
}

export async function readClaims(store: FleetStore, functions: readonly string[]): Promise<Held[]> {
  return (await store.get(functions.map(claimKey))).entries.map(heldOf);
}

export const heldOf = ({ value, created, modified }: Entry): Held => ({ claim: JSON.parse(new TextDecoder().decode(value)) as Claim, created, modified });

export const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const asLastWritten = (held: readonly Held[]): Compare[] =>
  held.map(({ claim, modified }) => ({ kind: 'modified', key: claimKey(claim.function), revision: modified }));

/** Claims that go, with the ids that they keep and with what was asked for: nothing that is on its way can make them again. */
export function takingAway(held: readonly Held[]): Transaction {
  const requests = new Set(held.map(({ claim }) => requestKey(claim.request)));
  const ids = held.flatMap(({ claim: { zpci } }) => (zpci === undefined ? [] : [zpciKey('uid', zpci.uid), zpciKey('fid', zpci.fid)]));
  const keys = [...held.map(({ claim }) => claimKey(claim.function)), ...ids, ...requests];
  return { compares: asLastWritten(held), operations: keys.map((key): Operation => ({ kind: 'delete', key })) };
}

/**
 * Writes a state to claims of one request; gives them as they are then, nothing where somebody else was there before. An earlier try of the same may
 * have done it.
 */
export async function move(by: Surroundings, held: readonly Held[], state: ClaimState): Promise<Held[] | undefined> {
  const operations = held.map(({ claim }): Operation => ({ kind: 'put', key: claimKey(claim.function), value: encode({ ...claim, state }) }));
  const answer = await clearly(by, { compares: asLastWritten(held), operations });
  if (answer.outcome === 'done') return held.map(({ claim, created }) => ({ claim: { ...claim, state }, created, modified: answer.revision }));
  const now = answer.current.map(heldOf);
  const done = held.every(({ claim, created }) =>
    now.some((each) => each.created === created && each.claim.function === claim.function && each.claim.state === state),
  );
  return done ? now : undefined;
}
