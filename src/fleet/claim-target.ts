/** What somebody asks to have: a mapping, or one function, by its key or as its host shows it. */
import { readMapping } from './mappings.ts';
import { type Candidate, candidateOf } from './model/candidate.ts';
import { candidatesOf, hasMatch } from './model/mapping-check.ts';
import { type FunctionWord, isMeant, unknownFunction } from './model/function-word.ts';
import { missingHost } from './model/missing-host.ts';
import type { Kept } from './model/record.ts';
import type { Mapping } from './model/records.ts';
import type { FleetView } from './model/view.ts';
import { readFleetView } from './read-fleet.ts';
import type { FleetStore } from './store/store.ts';

export type ClaimTarget = { readonly kind: 'mapping'; readonly name: string } | FunctionWord;

/** Everything of a fleet that a claim of it is decided on. */
export interface Sighted {
  readonly view: FleetView;
  readonly candidates: readonly Candidate[];
  readonly mapping: Kept<Mapping> | null;
}

/**
 * Looks at the fleet as it is now.
 *
 * @throws {HostdevError} `mapping-unknown`, `fleet-host-unknown`, `fleet-function-unknown`; of a record that cannot be read and is needed what is wrong with it.
 */
export async function lookAt(store: FleetStore, target: ClaimTarget, host: string | undefined, signal?: AbortSignal): Promise<Sighted> {
  const only = host ?? hostOf(target);
  const mapping = target.kind === 'mapping' ? await readMapping(store, target.name, signal) : null;
  const view = await readFleetView(store, only ?? ((each) => mapping === null || hasMatch(mapping.record, each)), signal);
  if (only !== undefined && view.hosts.length === 0) throw missingHost(only, view.problems);
  if (target.kind === 'mapping') return { view, mapping, candidates: view.hosts.flatMap((each) => candidatesOf(mapping?.record ?? { match: [] }, each)) };
  const found = view.hosts.flatMap((each) =>
    each.record.functions.filter((published) => isMeant(target, published)).map((published) => candidateOf(each, published)),
  );
  if (found.length === 0) throw unknownFunction(target, view.problems);
  return { view, mapping, candidates: found };
}

function hostOf(target: ClaimTarget): string | undefined {
  return 'host' in target ? target.host : undefined;
}
