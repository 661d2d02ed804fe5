/** `--host`: the facts about the host that guest addresses and validation need. */
import type { HostFacts, HostFunctionFacts } from '../addressing/host-facts.ts';
import { HostdevError } from '../errors.ts';
import { isVfioDriver } from '../state/node-device.ts';
import type { HostPort } from '../host/port.ts';
import { parseSnapshot, snapshotPort } from '../host/snapshot.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { type Judgment, judgmentOf } from '../state/judge.ts';
import { viewHost } from './host-view.ts';
import { readSnapshotText } from './snapshot-file.ts';

/** The functions a definition names, as this machine has them. */
export async function readHostFacts(port: HostPort, addresses: readonly PciAddress[]): Promise<HostFacts> {
  const { judgments } = await viewHost({ port });
  const facts = addresses.flatMap((address): [string, HostFunctionFacts][] => {
    const found = judgmentOf(judgments, address);
    return found === undefined ? [] : [[formatPciAddress(address), factsOf(found, judgments)]];
  });
  const known = new Map(facts);
  return { known: true, pciFunction: (address) => known.get(formatPciAddress(address)), networkForward: () => undefined };
}

function factsOf({ device, companions }: Judgment, all: readonly Judgment[]): HostFunctionFacts {
  const { physicalFunction, iommuGroup } = device;
  const pf = physicalFunction === undefined ? undefined : judgmentOf(all, physicalFunction)?.device;
  return {
    // libvirt runs as root, and for root a function is PCI Express unless its space says otherwise.
    express: device.express ?? true,
    iommuGroup,
    driver: device.driver,
    physicalFunction,
    physicalFunctionReachable: pf === undefined ? undefined : pf.netdevs.length > 0,
    groupMates: companions.flatMap(({ address, driver, mustGo }) => (mustGo && driver !== undefined ? [{ address, driver }] : [])),
  };
}

/**
 * Facts about these functions from a file of the other host: a snapshot, or what `hostdev list --json` printed.
 *
 * @throws {HostdevError} `host-malformed`, `snapshot-malformed`, `file-not-found`.
 */
export async function loadHostFacts(file: string, addresses: readonly PciAddress[]): Promise<HostFacts> {
  const text = await readSnapshotText(file);
  if (/^\s*\{/.test(text)) return readHostFacts(snapshotPort(parseSnapshot(text, file)), addresses);
  const rows = parseRows(text, file);
  const facts = new Map(rows.map((row): [string, HostFunctionFacts] => [formatPciAddress(row.address), factsOfRow(row, rows)]));
  return { known: true, pciFunction: (address) => facts.get(formatPciAddress(address)), networkForward: () => undefined };
}

/** What one row says, and what the other rows say about its group. */
function factsOfRow(row: Row, rows: readonly Row[]): HostFunctionFacts {
  const mates = row.iommuGroup === null ? [] : rows.filter((other) => other !== row && other.iommuGroup === row.iommuGroup);
  return {
    express: row.pcie,
    iommuGroup: row.iommuGroup ?? undefined,
    driver: row.driver ?? undefined,
    physicalFunction: row.physicalFunction ?? undefined,
    // Ports and bridges may stay with the kernel.
    groupMates: mates.flatMap(({ address, driver, bridge }) => (driver === null || bridge || isVfioDriver(driver) ? [] : [{ address, driver }])),
  };
}

interface Row {
  readonly address: PciAddress;
  readonly pcie: boolean;
  readonly iommuGroup: number | null;
  readonly driver: string | null;
  readonly physicalFunction: PciAddress | null;
  readonly bridge: boolean;
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
  if (address === null || typeof row['pcie'] !== 'boolean') throw new Error('it has no address and pcie');
  const group = row['iommuGroup'] ?? null;
  if (group !== null && !Number.isInteger(group)) throw new Error('iommuGroup is no number');
  const physicalFunction = text('physicalFunction');
  return {
    address: parsePciAddress(address),
    pcie: row['pcie'],
    iommuGroup: group as number | null,
    driver: text('driver'),
    physicalFunction: physicalFunction === null ? null : parsePciAddress(physicalFunction),
    bridge: text('class')?.startsWith('0x06') === true,
  };
}
