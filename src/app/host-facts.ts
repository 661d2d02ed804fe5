/** `--host`: the facts about the host that guest addresses and validation need. */
import { readFile } from 'node:fs/promises';
import type { HostFacts, HostFunctionFacts } from '../addressing/host-facts.ts';
import { HostdevError } from '../errors.ts';
import { readGroupMembers, readNodeDevice } from '../host/inventory.ts';
import { isVfioDriver } from '../host/node-device.ts';
import type { HostPort } from '../host/port.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';

/** The functions a definition names, as this machine has them. */
export async function readHostFacts(port: HostPort, addresses: readonly PciAddress[]): Promise<HostFacts> {
  const facts = new Map<string, HostFunctionFacts>();
  for (const address of addresses) {
    const found = await readFunction(port, address);
    if (found !== undefined) facts.set(formatPciAddress(address), found);
  }
  return { known: true, pciFunction: (address) => facts.get(formatPciAddress(address)), networkForward: () => undefined };
}

async function readFunction(port: HostPort, address: PciAddress): Promise<HostFunctionFacts | undefined> {
  const device = await readNodeDevice(port, address);
  if (device === undefined) return undefined;
  const { physicalFunction, iommuGroup } = device;
  const pf = physicalFunction === undefined ? undefined : await readNodeDevice(port, physicalFunction);
  return {
    express: device.express,
    iommuGroup,
    driver: device.driver,
    physicalFunction,
    physicalFunctionReachable: pf === undefined ? undefined : pf.netdevs.length > 0,
    groupMates: iommuGroup === undefined ? [] : await readMates(port, address, iommuGroup),
  };
}

async function readMates(port: HostPort, address: PciAddress, group: number): Promise<{ address: PciAddress; driver: string }[]> {
  const mates: { address: PciAddress; driver: string }[] = [];
  for (const member of await readGroupMembers(port, group)) {
    if (samePciAddress(member, address)) continue;
    const mate = await readNodeDevice(port, member);
    if (mate?.driver !== undefined && !isVfioDriver(mate.driver) && mate.headerType !== 1) mates.push({ address: member, driver: mate.driver });
  }
  return mates;
}

/**
 * Facts from a file that `hostdev list --json` made on the other host.
 *
 * @throws {HostdevError} `host-malformed`, `file-not-found`.
 */
export async function loadHostFacts(file: string): Promise<HostFacts> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new HostdevError('file-not-found', `${file} cannot be read: ${(error as Error).message}`, {
      subject: file,
      hint: 'make it on the other host: hostdev list --json > host.json',
      cause: error,
    });
  }
  const facts = new Map<string, HostFunctionFacts>();
  for (const row of parseRows(text, file)) {
    facts.set(formatPciAddress(parsePciAddress(row.address)), {
      express: row.pcie,
      iommuGroup: row.iommuGroup ?? undefined,
      driver: row.driver ?? undefined,
      physicalFunction: row.physicalFunction === null ? undefined : parsePciAddress(row.physicalFunction),
    });
  }
  return { known: true, pciFunction: (address) => facts.get(formatPciAddress(address)), networkForward: () => undefined };
}

interface Row {
  readonly address: string;
  readonly pcie: boolean;
  readonly iommuGroup: number | null;
  readonly driver: string | null;
  readonly physicalFunction: string | null;
}

function parseRows(text: string, file: string): Row[] {
  const malformed = (message: string, cause?: unknown): HostdevError =>
    new HostdevError('host-malformed', `${file}: ${message}`, { subject: file, hint: 'make it on the other host: hostdev list --json > host.json', cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(`not JSON: ${(error as Error).message}`, error);
  }
  if (!Array.isArray(value)) throw malformed('not a list of functions');
  return value.map((row: Partial<Row>, i) => {
    if (typeof row !== 'object' || row === null || typeof row.address !== 'string' || typeof row.pcie !== 'boolean')
      throw malformed(`entry ${i + 1} has no address and pcie`);
    return {
      address: row.address,
      pcie: row.pcie,
      iommuGroup: row.iommuGroup ?? null,
      driver: row.driver ?? null,
      physicalFunction: row.physicalFunction ?? null,
    };
  });
}
