/** `--host`: the facts about the host that guest addresses and validation need. */
import type { HostFacts, HostFunctionFacts, HostRefusal } from '../addressing/host-facts.ts';
import { HostdevError } from '../errors.ts';
import { type Companion, mustGo } from '../state/companions.ts';
import { isBridge, isPciPort, type NodeDevice } from '../state/node-device.ts';
import type { HostPort } from '../host/port.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { type Judged, type Refusal, refusalsToGive } from '../plan/assignable.ts';
import { className } from '../state/class-names.ts';
import { judgmentOf } from '../state/judge.ts';
import type { VerdictName } from '../state/verdict.ts';
import { viewHost, viewing } from './host-view.ts';
import { readLinkState } from '../host/link-state.ts';

/** The functions a definition names, as this machine has them, and what speaks against giving them to one guest. */
export async function readHostFacts(port: HostPort, addresses: readonly PciAddress[]): Promise<HostFacts> {
  const view = viewing({ port });
  const { judgments } = await viewHost(view);
  const found = addresses.flatMap((address) => judgmentOf(judgments, address) ?? []);
  const refusals = startRefusals(found);
  const known = new Map<string, HostFunctionFacts>();
  for (const { device } of found) {
    const pf = device.physicalFunction === undefined ? undefined : judgmentOf(judgments, device.physicalFunction)?.device;
    known.set(formatPciAddress(device.address), { ...factsOf(device, refusals), ...(pf === undefined ? {} : await physicalFacts(view.port, pf)) });
  }
  return { known: true, pciFunction: (address) => known.get(formatPciAddress(address)), networkForward: () => undefined };
}

function factsOf({ address, express, iommuGroup, driver, physicalFunction }: NodeDevice, refusals: StartRefusals): HostFunctionFacts {
  // libvirt runs as root, and for root a function is PCI Express unless its space says otherwise.
  return { express: express ?? true, iommuGroup, driver, physicalFunction, refusals: refusals(address) };
}

/** What matters of a VF's physical function. */
async function physicalFacts(port: HostPort, pf: NodeDevice): Promise<Pick<HostFunctionFacts, 'physicalFunctionReachable' | 'physicalInterface'>> {
  const [name] = pf.netdevs;
  const state = await readLinkState(port, pf);
  return { physicalFunctionReachable: name !== undefined, physicalInterface: name === undefined || state === null ? undefined : { name, up: state === 'up' } };
}

type StartRefusals = (address: PciAddress) => readonly HostRefusal[];

/** The refusals of each function, as the start of a guest would meet them. */
function startRefusals(chosen: readonly Judged[]): StartRefusals {
  const all = refusalsToGive(chosen);
  return (address) => all.filter(({ subject }) => subject === formatPciAddress(address)).map(asStartRefusal);
}

/** The start takes what the host uses and waits for what a guest holds: that is a warning. The rest it fails on. */
function asStartRefusal({ code, what, hint = '', guests }: Refusal): HostRefusal {
  const isWarning = code === 'function-in-use' || code === 'function-held';
  const forGroup = 'a group goes to vfio as a whole: give all of it to this guest, or prepare the others';
  return { code, severity: isWarning ? 'warning' : 'error', what, hint: code === 'group-incomplete' ? forGroup : isWarning ? forStart(code) : hint, guests };
}

function forStart(code: Refusal['code']): string {
  return code === 'function-held' ? 'the guest will not start as long as the other one has it' : 'what is named here is lost when the guest starts';
}

/**
 * Facts about these functions from what `hostdev list --json` printed on the other host.
 *
 * @throws {HostdevError} `host-malformed`.
 */
export function listedHostFacts(text: string, file: string, addresses: readonly PciAddress[]): HostFacts {
  const rows = parseRows(text, file);
  const named = rows.filter((row) => addresses.some((address) => samePciAddress(address, row.address)));
  const refusals = startRefusals(named.map((row) => judgedRow(row, rows)));
  const facts = new Map(rows.map((row): [string, HostFunctionFacts] => [formatPciAddress(row.address), factsOfRow(row, refusals)]));
  return { known: true, pciFunction: (address) => facts.get(formatPciAddress(address)), networkForward: () => undefined };
}

/** What one row says, and what the other rows say about its group. */
function factsOfRow(row: Row, refusals: StartRefusals): HostFunctionFacts {
  return {
    express: row.pcie ?? true,
    iommuGroup: row.iommuGroup ?? undefined,
    driver: row.driver ?? undefined,
    physicalFunction: row.physicalFunction ?? undefined,
    refusals: refusals(row.address),
  };
}

/** A row as the judgment that it was made of. */
function judgedRow(row: Row, rows: readonly Row[]): Judged {
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
function matesOf(row: Row, rows: readonly Row[]): Companion[] {
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

interface Row {
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

function parseRows(text: string, file: string): Row[] {
  const malformed = (message: string, cause?: unknown): HostdevError =>
    new HostdevError('host-malformed', `${file}: ${message}`, { subject: file, hint: 'make it on the other host: hostdev snapshot > host.json', cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(`not JSON: ${(error as Error).message}`, error);
  }
  if (!Array.isArray(value)) throw malformed('not a list of functions');
  return value.map((entry: unknown, i) => {
    try {
      return parseRow(entry);
    } catch (error) {
      throw malformed(`entry ${i + 1}: ${(error as Error).message}`, error);
    }
  });
}

function parseRow(entry: unknown): Row {
  if (typeof entry !== 'object' || entry === null) throw new Error('not an object');
  const row = entry as Record<string, unknown>;
  const text = (name: string): string | null => {
    const value = row[name] ?? null;
    if (value !== null && typeof value !== 'string') throw new Error(`${name} is no text`);
    return value;
  };
  const address = text('address');
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
    companions: companionsOf(row['companions']),
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
  return text !== null && ['free', 'in use', 'held', 'not assignable', 'unknown'].includes(text);
}

/** As `list --json` prints them. */
function companionsOf(value: unknown): Companion[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) throw new Error('companions is no list');
  return value.map((each: unknown) => {
    const { address, class: what, driver, mustGo: goes, uses } = (each ?? {}) as Record<string, unknown>;
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
