/** The plan of a pool: which functions it hands out, and what this host says to each. */
import type { NetworkPool, PoolSource } from '../domain/network-pool.ts';
import { HostdevError } from '../errors.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { type Judgment, judgmentOf } from '../state/judge.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { type Refusal, refusalsToGive } from './assignable.ts';
import { isForcible } from './force.ts';

export interface PoolPlan {
  readonly source: PoolSource;
  /** The functions that it hands out, judged. */
  readonly members: readonly Judgment[];
}

/** @throws {HostdevError} `usage`. */
export function checkPoolName(name: string): void {
  if (!/^[\w.-]{1,50}$/.test(name)) throw new HostdevError('usage', `'${name}' is no name for a network`, { hint: 'use letters, digits, dots and dashes' });
}

/**
 * What a pool is made of: one physical function stands for all its virtual ones, whichever there are; other functions are named one by one.
 *
 * @throws {HostdevError} `sriov-missing`.
 */
export function planPool(chosen: readonly NodeDevice[], judgments: readonly Judgment[]): PoolPlan {
  const [first] = chosen;
  if (first?.sriov !== undefined && chosen.length === 1) {
    const [physicalInterface] = first.netdevs;
    if (physicalInterface !== undefined) return { source: { physicalInterface }, members: judgmentsOn(judgments, first.sriov.virtualFunctions) };
    const name = formatPciAddress(first.address);
    throw new HostdevError('sriov-missing', `${name} has no network interface, by which libvirt finds its virtual functions`, {
      subject: name,
      hint: 'name the virtual functions one by one',
    });
  }
  const functions = chosen.map(({ address }) => address);
  const alone = chosen.find(({ physicalFunction }) => physicalFunction === undefined || judgmentOf(judgments, physicalFunction) === undefined);
  if (alone === undefined) return { source: { functions }, members: judgmentsOn(judgments, functions) };
  const name = formatPciAddress(alone.address);
  throw new HostdevError('sriov-missing', `${name} is no virtual function`, {
    subject: name,
    hint: 'a pool hands out virtual functions: name one physical function, or virtual ones',
  });
}

/** Whether a pool that is there hands out the same: libvirt adds the functions behind an interface to those that it names. */
export function handsOutSame({ physicalInterfaces, functions, managed }: NetworkPool, source: PoolSource): boolean {
  if (!managed) return false;
  if ('physicalInterface' in source) return physicalInterfaces.length === 1 && physicalInterfaces[0] === source.physicalInterface;
  const isNamed = (address: PciAddress): boolean => functions.some((each) => samePciAddress(each, address));
  return physicalInterfaces.length === 0 && functions.length === source.functions.length && source.functions.every(isNamed);
}

/** The functions that a pool hands out on this host: those it names, and the virtual ones behind its interfaces. */
export function poolMembers({ functions, physicalInterfaces }: NetworkPool, judgments: readonly Judgment[]): Judgment[] {
  const behind = judgments.filter(({ device }) => device.netdevs.some((name) => physicalInterfaces.includes(name)));
  const virtual = behind.flatMap(({ device }) => device.sriov?.virtualFunctions ?? []);
  const added = virtual.filter((address) => !functions.some((each) => samePciAddress(each, address)));
  return judgmentsOn(judgments, [...functions, ...added]);
}

function judgmentsOn(judgments: readonly Judgment[], addresses: readonly PciAddress[]): Judgment[] {
  return addresses.flatMap((address) => judgmentOf(judgments, address) ?? []);
}

/** What speaks against handing out each of these, one at a time; one that a guest holds is what a pool is for. */
export function poolRefusals(members: readonly Judgment[]): Refusal[] {
  return members.flatMap((member) => refusalsToGive([member])).filter(({ code }) => code !== 'function-held');
}

/** What the host would lose if libvirt chose the function that it uses: which one libvirt takes is not known before. */
export function poolLosses(members: readonly Judgment[]): Refusal[] {
  return poolRefusals(members).filter(isForcible);
}
