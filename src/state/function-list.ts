/** What `hostdev list --json` printed on another host. */
import { HostdevError } from '../errors.ts';
import type { PciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { className } from './class-names.ts';
import { type Companion, mustGo } from './companions.ts';
import type { Judgment } from './judge.ts';
import { isBridge, isPciPort, type NodeDevice } from './node-device.ts';
import { type VerdictName, VERDICTS } from './verdict.ts';

/** A row of the list; null where an older or newer hostdev says something that is not known. */
export interface ListedRow {
  readonly address: PciAddress;
  readonly pcie: boolean | null;
  readonly verdict: VerdictName | null;
  readonly evidence: readonly string[];
  readonly companions: readonly Companion[] | null;
  /** 0 where the list has none. */
  readonly pciClass: number;
  readonly iommuGroup: number | null;
  readonly driver: string | null;
  readonly physicalFunction: PciAddress | null;
}

/** Whether a text is such a list, not a snapshot; what is neither is none of an object. */
export function isFunctionList(text: string): boolean {
  if (!/^\s*\{/.test(text)) return true;
  // A snapshot can be large, and is read once; names may stand in any order.
  if (!/"command"\s*:\s*"list"/.test(text)) return false;
  try {
    return (JSON.parse(text) as { readonly command?: unknown }).command === 'list';
  } catch {
    return false;
  }
}

/** @throws {HostdevError} `host-malformed`. */
export function parseFunctionList(text: string, file: string): ListedRow[] {
  const malformed = (message: string, cause?: unknown): HostdevError =>
    new HostdevError('host-malformed', `${file}: ${message}`, { subject: file, hint: 'make it on the other host: hostdev snapshot > host.json', cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(`not JSON: ${(error as Error).message}`, error);
  }
  const rows = rowsOf(value);
  if (rows === undefined) throw malformed('not a list of functions');
  return rows.map((entry: unknown, i) => {
    try {
      return parseRow(entry);
    } catch (error) {
      throw malformed(`entry ${i + 1}: ${(error as Error).message}`, error);
    }
  });
}

/** Since format version 1 they are the items of an envelope; what 0.1.0 printed is the list alone. */
function rowsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  const { command, items } = (value ?? {}) as Record<string, unknown>;
  return command === 'list' && Array.isArray(items) ? items : undefined;
}

function parseRow(entry: unknown): ListedRow {
  if (typeof entry !== 'object' || entry === null) throw new Error('not an object');
  const row = entry as Record<string, unknown>;
  const text = (name: string): string | null => {
    const value = row[name] ?? null;
    if (value !== null && typeof value !== 'string') throw new Error(`${name} is no text`);
    return value;
  };
  const address = text('hostAddress') ?? text('address');
  const pcie = row['pcie'] ?? null;
  if (address === null || (pcie !== null && typeof pcie !== 'boolean')) throw new Error('it has no address and pcie');
  const verdict = text('verdict');
  const evidence = row['evidence'] ?? [];
  if (!isStrings(evidence)) throw new Error('evidence is no list of texts');
  const group = row['iommuGroup'] ?? null;
  if (group !== null && !Number.isInteger(group)) throw new Error('iommuGroup is no number');
  const physicalFunction = text('physicalFunction');
  return {
    address: parsePciAddress(address),
    pcie,
    verdict: isVerdict(verdict) ? verdict : null,
    evidence,
    companions: parseCompanions(row['companions']),
    pciClass: Number.parseInt(text('class') ?? '0', 16) << 8,
    iommuGroup: group as number | null,
    driver: text('driver'),
    physicalFunction: physicalFunction === null ? null : parsePciAddress(physicalFunction),
  };
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isVerdict(text: string | null): text is VerdictName {
  return text !== null && (VERDICTS as readonly string[]).includes(text);
}

/** As `list --json` prints them. */
function parseCompanions(value: unknown): Companion[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) throw new Error('companions is no list');
  return value.map((each: unknown) => {
    const { hostAddress, className: words, address = hostAddress, class: what = words, driver, mustGo: goes, uses } = (each ?? {}) as Record<string, unknown>;
    if (typeof address !== 'string' || typeof what !== 'string' || typeof goes !== 'boolean' || !isStrings(uses))
      throw new Error('a companion is not what it should be');
    const evidence = uses.map((line) => ({ kind: 'group' as const, chain: [line] }));
    return {
      address: parsePciAddress(address),
      className: what,
      driver: typeof driver === 'string' ? driver : undefined,
      mustGo: goes,
      isBridge: false,
      uses: evidence,
    };
  });
}

/** What of a judgment a list tells. */
type ListedJudgment = Pick<Judgment, 'verdict' | 'evidence' | 'companions'> & { readonly device: Pick<NodeDevice, 'address' | 'iommuGroup'> };

/** A row as the judgment that it was made of. */
export function judgedRow(row: ListedRow, rows: readonly ListedRow[]): ListedJudgment {
  const isKnown = row.verdict !== null;
  return {
    device: { address: row.address, iommuGroup: row.iommuGroup ?? undefined },
    // A list of an older or a newer hostdev may have a verdict that we do not know.
    verdict: row.verdict ?? 'unknown',
    evidence: (isKnown ? row.evidence : ['the list does not say what uses it']).map((line) => ({ kind: 'unreadable', chain: [line] })),
    companions: row.companions ?? matesOf(row, rows),
  };
}

/** Lists of 0.1.0 have no companions; what is with a host driver has to go along. */
function matesOf(row: ListedRow, rows: readonly ListedRow[]): Companion[] {
  const mates = row.iommuGroup === null ? [] : rows.filter((other) => other !== row && other.iommuGroup === row.iommuGroup);
  return mates
    .filter(({ pciClass }) => !isPciPort({ pciClass, headerType: undefined }))
    .map(({ address, driver, pciClass }) => ({
      address,
      className: pciClass === 0 ? 'a function' : className(pciClass),
      driver: driver ?? undefined,
      mustGo: mustGo(driver ?? undefined),
      isBridge: isBridge({ pciClass, headerType: undefined }),
      uses: [],
    }));
}
