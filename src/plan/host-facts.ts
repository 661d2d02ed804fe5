/** The facts about a host that guest addresses and validation need, and what speaks against giving its functions to one guest. */
import type { HostFacts, HostFunctionFacts, HostRefusal } from '../addressing/host-facts.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { judgedRow, type ListedRow } from '../state/function-list.ts';
import { type Judgment, judgmentOf, physicalFunctionOf } from '../state/judge.ts';
import type { LinkState, NodeDevice } from '../state/node-device.ts';
import { type Judged, type Refusal, refusalsToGive } from './assignable.ts';

/** The functions that a definition names, as the host has them. `links` has the interfaces of the physical functions, by address. */
export function hostFacts(judgments: readonly Judgment[], addresses: readonly PciAddress[], links: ReadonlyMap<string, LinkState>): HostFacts {
  const found = addresses.flatMap((address) => judgmentOf(judgments, address) ?? []);
  const refusals = startRefusals(found);
  return factsByAddress(
    found.map(({ device }) => {
      const pf = physicalFunctionOf(judgments, device);
      return [device.address, { ...factsOf(device, refusals), ...(pf === undefined ? {} : physicalFacts(pf, links)) }];
    }),
  );
}

/** The same from a list that another host printed. */
export function listedHostFacts(rows: readonly ListedRow[], addresses: readonly PciAddress[]): HostFacts {
  const named = rows.filter((row) => addresses.some((address) => samePciAddress(address, row.address)));
  const refusals = startRefusals(named.map((row) => judgedRow(row, rows)));
  return factsByAddress(rows.map((row) => [row.address, factsOfRow(row, refusals)]));
}

function factsByAddress(facts: readonly (readonly [PciAddress, HostFunctionFacts])[]): HostFacts {
  const known = new Map(facts.map(([address, each]) => [formatPciAddress(address), each]));
  return { known: true, pciFunction: (address) => known.get(formatPciAddress(address)), networkForward: () => undefined };
}

function factsOf({ address, express, iommuGroup, driver, physicalFunction }: NodeDevice, refusals: StartRefusals): HostFunctionFacts {
  // libvirt runs as root, and for root a function is PCI Express unless its space says otherwise.
  return { express: express ?? true, iommuGroup, driver, physicalFunction, refusals: refusals(address) };
}

/** What matters of a VF's physical function. */
function physicalFacts(pf: NodeDevice, links: ReadonlyMap<string, LinkState>): Pick<HostFunctionFacts, 'physicalFunctionReachable' | 'physicalInterface'> {
  const [name] = pf.netdevs;
  const state = links.get(formatPciAddress(pf.address)) ?? null;
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

/** What one row says, and what the other rows say about its group. */
function factsOfRow(row: ListedRow, refusals: StartRefusals): HostFunctionFacts {
  return {
    express: row.pcie ?? true,
    iommuGroup: row.iommuGroup ?? undefined,
    driver: row.driver ?? undefined,
    physicalFunction: row.physicalFunction ?? undefined,
    refusals: refusals(row.address),
  };
}
