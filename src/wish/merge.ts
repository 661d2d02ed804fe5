/** Several files as one wish: parts of the same thing are put together, and what two places say differently is refused with both. */
import { formatLocation, type Problem, type SourceLocation } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import { formatFid, formatUid } from '../pci/zpci.ts';
import type { DesiredState, MappedSelector, Selector, WishedGuest, WishedHostdev, WishedSettings, WishedVfs } from './wish.ts';

/**
 * One wish of several, whose order does not matter.
 *
 * @returns the contradictions instead, `wish-conflict`, each with the later of its two places; the hint has the other.
 */
export function mergeWishes(wishes: readonly DesiredState[]): DesiredState | readonly Problem[] {
  const problems: Problem[] = [];
  const all = <Part extends keyof DesiredState>(part: Part): DesiredState[Part][number][] =>
    wishes.flatMap((wish) => wish[part] as DesiredState[Part][number][]);
  const merging = { problems };
  const merged: DesiredState = {
    slots: byKey(all('slots'), ({ fid }) => `slot ${formatFid(fid)}`, merging),
    virtualFunctions: byKey(all('virtualFunctions'), ({ physicalFunction }) => `virtual functions of ${keyOf(physicalFunction)}`, {
      problems,
      join: (one: WishedVfs, other: WishedVfs) => ({ settings: [...one.settings, ...other.settings] }),
    }).map((each) => ({ ...each, settings: mergeSettings(each, problems) })),
    functions: byKey(all('functions'), (each) => `function ${keyOf(each.function)}`, merging),
    pools: byKey(all('pools'), ({ network }) => `pool ${network}`, merging),
    guests: byKey(all('guests'), ({ guest }) => `guest ${guest}`, {
      problems,
      join: (one: WishedGuest, other: WishedGuest) => ({ hostdevs: [...one.hostdevs, ...other.hostdevs] }),
    }).map((each) => ({ ...each, hostdevs: mergeHostdevs(each, problems) })),
  };
  return problems.length > 0 ? problems : merged;
}

interface Merging<T> {
  readonly problems: Problem[];
  /** What of two parts is put together instead of having to be the same. */
  readonly join?: (one: T, other: T) => Partial<T>;
  /** What is meant where nothing is said: that is said, too. */
  readonly meant?: Partial<T>;
}

function byKey<T extends { readonly at: SourceLocation }>(parts: readonly T[], nameOf: (part: T) => string, { problems, join, meant = {} }: Merging<T>): T[] {
  const found = new Map<string, T>();
  for (const part of parts) {
    const name = nameOf(part);
    const before = found.get(name);
    if (before === undefined) found.set(name, part);
    else {
      const joined = join?.(before, part) ?? {};
      problems.push(...contradictions(name, { ...meant, ...before }, { ...meant, ...part }, joined));
      found.set(name, { ...before, ...part, at: before.at, ...joined });
    }
  }
  return [...found.values()];
}

/** A field that only one of them has is no contradiction. */
function contradictions<T extends { readonly at: SourceLocation }>(name: string, before: T, part: T, joined: Partial<T>): Problem[] {
  return (Object.keys(part) as (keyof T & string)[]).flatMap((field): Problem[] => {
    if (field === 'at' || field in joined || before[field] === undefined || sameValue(before[field], part[field])) return [];
    return [
      {
        code: 'wish-conflict',
        severity: 'error',
        subject: name,
        message: `${name}: ${field} is ${valueWords(field, part[field])} here, and ${valueWords(field, before[field])} at ${placeWords(before.at)}`,
        hint: 'say it in one place',
        location: part.at,
      },
    ];
  });
}

function mergeSettings({ settings }: WishedVfs, problems: Problem[]): WishedSettings[] {
  const flat = settings.map(({ at, index, values }) => ({ ...values, at, index }));
  return byKey(flat, ({ index }) => `settings of virtual function ${index}`, { problems }).map(({ at, index, ...values }) => ({ at, index, values }));
}

function mergeHostdevs({ guest, hostdevs }: WishedGuest, problems: Problem[]): WishedHostdev[] {
  return byKey(hostdevs, (each) => `${keyOf(each.function)} in ${guest}`, { problems, meant: { scope: 'persistent' } });
}

/** The same for the same function, as far as that can be said without a host. */
function keyOf(selector: Selector | MappedSelector): string {
  switch (selector.kind) {
    case 'mapping':
      return selector.written;
    case 'name':
      return nameKey(selector.name);
    case 'virtual':
      return `virtual function ${selector.index} of ${nameKey(selector.physicalFunction)}`;
    case 'match':
      return `the card ${JSON.stringify(selector.match)}`;
  }
}

function nameKey(name: Extract<Selector, { kind: 'name' }>['name']): string {
  return name.kind === 'address' ? formatPciAddress(name.address) : `${name.kind}=0x${name.id.toString(16)}`;
}

/** What is the same but for where it stands. */
function sameValue(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, withoutPlaces) === JSON.stringify(other, withoutPlaces);
}

function withoutPlaces(name: string, value: unknown): unknown {
  if (name === 'at') return undefined;
  return isSelector(value) ? keyOf(value) : value;
}

/** Ids as the field writes them, functions as the file does. */
function valueWords(field: string, value: unknown): string {
  if (typeof value === 'number' && (field === 'uid' || field === 'fid')) return field === 'uid' ? formatUid(value) : formatFid(value);
  return [value].flat().map(partWords).join(', ');
}

/** `mac 52:54:00:6d:90:02 vlan 7` of what has several parts. */
function partWords(value: unknown): string {
  if (isSelector(value)) return value.written;
  if (typeof value !== 'object' || value === null) return String(value);
  const said = Object.entries(value).map(([name, each]) => `${name} ${partWords(each)}`);
  return said.length === 0 ? 'without more' : said.join(' ');
}

function isSelector(value: unknown): value is Selector | MappedSelector {
  return typeof value === 'object' && value !== null && 'kind' in value && 'written' in value && 'at' in value;
}

function placeWords(at: SourceLocation): string {
  return formatLocation(at);
}
