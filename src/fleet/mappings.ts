/** Mappings: functions that are as good as each other, under a name. */
import { HostdevError, type Problem } from '../errors.ts';
import { mappingKey } from './model/keys.ts';
import { candidatesOf, checkMapping, hasMatch, type MappedFunction } from './model/mapping-check.ts';
import { formatMatch } from './model/mapping-match.ts';
import { MAPPING } from './model/record-kinds.ts';
import { formatRecord, type Kept, readEntry } from './model/record.ts';
import type { Mapping } from './model/records.ts';
import { functionWords } from './model/view.ts';
import { readPublished } from './published.ts';
import { readClaims, readFleetView, readMappings } from './read-fleet.ts';
import { commitDeletion } from './store/commit-deletion.ts';
import { makeClear } from './store/make-clear.ts';
import type { Compare, FleetStore } from './store/store.ts';

/** A mapping, with what matches it now and what is wrong with it. */
export interface ShownMapping {
  readonly mapping: Mapping;
  readonly functions: readonly MappedFunction[];
  readonly problems: readonly Problem[];
}

export interface SetMapping extends ShownMapping {
  /** False where it was so already; in a dry run, whether it would be written. */
  readonly changed: boolean;
}

/** @throws {HostdevError} `mapping-unknown` */
export async function readMapping(store: FleetStore, name: string, signal?: AbortSignal): Promise<Kept<Mapping>> {
  const found = await findMapping(store, name, signal);
  if (found !== undefined) return found;
  throw new HostdevError('mapping-unknown', `the fleet has no mapping ${name}`, {
    subject: name,
    hint: `'hostdev fleet mapping list' shows them; a function is written as HOST/ADDRESS`,
  });
}

/** @throws {HostdevError} what is wrong with the one that is there. */
async function findMapping(store: FleetStore, name: string, signal?: AbortSignal): Promise<Kept<Mapping> | undefined> {
  const { entries } = await store.get([mappingKey(name)], signal);
  return entries[0] === undefined ? undefined : readEntry(entries[0], MAPPING);
}

/** What a mapping is to be; what is not said stays as it was. */
export interface MappingWish {
  readonly name: string;
  readonly match: Mapping['match'];
  readonly wholeGroup?: boolean | undefined;
  readonly migratable?: boolean | undefined;
  readonly description?: string | undefined;
  readonly dryRun: boolean;
}

/**
 * Writes a mapping, whether or not it was there; what is wrong with it in the fleet as it is comes back as warnings.
 *
 * @throws {HostdevError} `claim-changed` where somebody else has written it at the same time; `fleet-unclear`.
 */
export async function setMapping(store: FleetStore, { name, match, dryRun, ...wish }: MappingWish, signal?: AbortSignal): Promise<SetMapping> {
  const before = await findMapping(store, name, signal);
  const { wholeGroup, migratable, description } = wish;
  const given = {
    match,
    ...(wholeGroup === undefined ? {} : { wholeGroup }),
    ...(migratable === undefined ? {} : { migratable }),
    ...(description === undefined ? {} : { description }),
  };
  const mapping: Mapping = { version: 1, name, wholeGroup: false, description: null, ...before?.record, ...given };
  const changed = before === undefined || !saysTheSame(before.record, mapping);
  const shown = { mapping, ...checkMapping(mapping, await readFleetView(store, (host) => hasMatch(mapping, host), signal)), changed };
  if (dryRun || !changed) return shown;
  const key = mappingKey(name);
  const compare: Compare = before === undefined ? { kind: 'absent', key } : { kind: 'modified', key, revision: before.modified };
  const answer = await makeClear(store, { compares: [compare], operations: [{ kind: 'put', key, value: formatRecord<Mapping>(mapping) }] }, { key }, signal);
  if (answer.outcome === 'unclear') throw HostdevError.from(answer.problem);
  if (answer.outcome === 'refused') throw changedMeanwhile(name);
  return shown;
}

/** Whatever the order in which they were written, and whatever a newer hostdev has added. */
function saysTheSame(before: Mapping, now: Mapping): boolean {
  const words = ({ match, wholeGroup, migratable = false, description }: Mapping): string =>
    JSON.stringify([match.map(formatMatch), wholeGroup, migratable, description]);
  return words(before) === words(now);
}

/** All of them, in the order of their names. */
export async function listMappings(
  store: FleetStore,
  signal?: AbortSignal,
): Promise<{ readonly shown: readonly ShownMapping[]; readonly problems: readonly Problem[] }> {
  const { kept, problems } = await readMappings(store, signal);
  const view = await readFleetView(store, (host) => kept.some(({ record }) => hasMatch(record, host)), signal);
  return { shown: kept.map(({ record }) => ({ mapping: record, ...checkMapping(record, view) })), problems: [...problems, ...view.problems] };
}

/** @throws {HostdevError} `mapping-unknown` */
export async function showMapping(store: FleetStore, name: string, signal?: AbortSignal): Promise<ShownMapping> {
  const { record } = await readMapping(store, name, signal);
  return { mapping: record, ...checkMapping(record, await readFleetView(store, (host) => hasMatch(record, host), signal)) };
}

/**
 * The addresses of all functions of a host that are of a mapping, as the host has published them.
 *
 * @throws {HostdevError} `mapping-unknown`
 */
export async function addressesOfMapping(store: FleetStore, name: string, host: string, signal?: AbortSignal): Promise<string[]> {
  const { record } = await readMapping(store, name, signal);
  const published = await readPublished(store, host, signal);
  return published === undefined ? [] : candidatesOf(record, published).map(({ asked }) => asked.address);
}

export interface MappingRemoval {
  readonly name: string;
  /** It is removed although claims name it. */
  readonly force: boolean;
  readonly dryRun: boolean;
  /** Told before anything is lost. */
  readonly onLoss: (loss: Problem) => void;
}

/**
 * Takes a mapping away; false where there was none. Claims stay good without it.
 *
 * @throws {HostdevError} `mapping-in-use`, `claim-changed`, `fleet-unclear`.
 */
export async function removeMapping(store: FleetStore, { name, force, dryRun, onLoss }: MappingRemoval, signal?: AbortSignal): Promise<boolean> {
  const before = await findMapping(store, name, signal);
  if (before === undefined) return false;
  const uses = (await readClaims(store, signal)).kept.filter(({ record }) => record.mapping === name);
  if (uses.length > 0) {
    const words = uses.slice(0, 5).map(({ record }) => `${functionWords(record.function)} for guest ${record.guest}`);
    const message = `claims name the mapping ${name}: ${words.join(', ')}${uses.length > 5 ? ` and ${uses.length - 5} more` : ''}`;
    const loss = `${message}; they stay claimed, and 'mapping:${name}' in definitions and wishes means nothing any more`;
    if (!force) throw new HostdevError('mapping-in-use', message, { subject: name, hint: 'release them first, or --force: they stay claimed without it' });
    onLoss({ code: 'mapping-in-use', severity: 'warning', subject: name, message: loss });
  }
  if (dryRun) return true;
  const { key, created, modified } = before;
  const compares: Compare[] = [
    { kind: 'created', key, revision: created },
    { kind: 'modified', key, revision: modified },
  ];
  const answer = await commitDeletion(store, { compares, operations: [{ kind: 'delete', key }] }, signal);
  if (answer.outcome === 'unclear') throw HostdevError.from(answer.problem);
  if (answer.outcome === 'refused') throw changedMeanwhile(name);
  return true;
}

function changedMeanwhile(name: string): HostdevError {
  return new HostdevError('claim-changed', `somebody else has changed the mapping ${name} at the same time`, {
    subject: name,
    hint: `look at it ('hostdev fleet mapping show ${name}'), and run it again`,
  });
}
