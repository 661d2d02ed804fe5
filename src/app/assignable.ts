/** Whether functions may be taken: not a bridge, isolated, their group whole, and neither used by the host nor held. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HostdevError } from '../errors.ts';
import { readBoundMates } from '../host/groups.ts';
import { isBridge, type NodeDevice } from '../state/node-device.ts';
import type { HostReader } from '../host/port.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { checkFunctions, type VerdictReport } from './check.ts';
import type { AppContext } from './context.ts';
import { refuseInterrupted } from './wait.ts';

export interface TakingOptions {
  /** Take what the host uses. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * `isMoving` tells which of the functions would leave their driver: one that a guest holds may only stay where it is.
 *
 * @throws {HostdevError} `function-not-assignable`, `group-incomplete`, `function-held`, `function-in-use`.
 */
export async function refuseUnassignable(
  context: AppContext,
  devices: readonly NodeDevice[],
  isMoving: (address: string) => boolean,
  { force, signal }: TakingOptions,
): Promise<void> {
  const addresses = devices.map(({ address }) => address);
  for (const device of devices) await checkAssignable(context.port, device, addresses);
  for (const report of await checkOnceSettled(context, addresses, signal)) {
    if (report.verdict === 'held' && isMoving(report.address)) throw heldError(report);
    refuseUsed(report, force === true);
  }
}

/** udev opens a new disk to see what is on it: whoever takes a function that has just come back would be refused for that. */
const UDEV = /open by (?:\(udev-worker\)|systemd-udevd|udevd) \(pid \d+\)$/;
const SETTLE_MS = 10_000;
const AGAIN_MS = 100;

async function checkOnceSettled(context: AppContext, addresses: readonly PciAddress[], signal: AbortSignal | undefined): Promise<VerdictReport[]> {
  for (const give = Date.now() + SETTLE_MS; ; await sleep(AGAIN_MS)) {
    const reports = await checkFunctions(context, addresses);
    const inUse = reports.filter(({ verdict }) => verdict === 'in use');
    const onlyUdev = inUse.length > 0 && inUse.every(({ evidence }) => evidence.every((line) => UDEV.test(line)));
    if (!onlyUdev || Date.now() > give) return reports;
    refuseInterrupted(signal);
  }
}

async function checkAssignable(port: HostReader, device: NodeDevice, together: readonly PciAddress[]): Promise<void> {
  const name = formatPciAddress(device.address);
  const refuse = (message: string, hint: string): never => {
    throw new HostdevError('function-not-assignable', `${name} ${message}`, { subject: name, hint });
  };
  if (isBridge(device)) {
    refuse('is a bridge, and bridges cannot be given to guests', 'name the functions behind it instead');
  }
  if (device.iommuGroup === undefined) {
    refuse(
      'has no IOMMU group, so the kernel cannot isolate it',
      "switch the IOMMU on (firmware, and intel_iommu=on on the kernel command line of Intel hosts); 'hostdev check' says what is missing",
    );
  }
  await checkGroup(port, device, together);
}

/** vfio gives a group to a guest as a whole: nothing in it may stay with a host driver. */
async function checkGroup(port: HostReader, device: NodeDevice, together: readonly PciAddress[]): Promise<void> {
  if (device.iommuGroup === undefined) return;
  const mates = await readBoundMates(port, device.address, device.iommuGroup);
  const blocking = mates.filter((mate) => !together.some((address) => samePciAddress(address, mate.address)));
  if (blocking.length === 0) return;
  const name = formatPciAddress(device.address);
  throw new HostdevError(
    'group-incomplete',
    `${name} shares IOMMU group ${device.iommuGroup} with ${blocking.map((mate) => `${formatPciAddress(mate.address)} (${mate.driver})`).join(', ')}`,
    {
      subject: name,
      hint: blocking.every((mate) => mate.isBridge)
        ? 'a bridge cannot be taken; if the host can do without its driver, unbind that by hand'
        : 'a group goes to vfio as a whole; add --group to take all of it, if the host can do without',
    },
  );
}

/** What the host uses is not taken, unless its loss was accepted by name. */
function refuseUsed({ address, verdict, evidence }: VerdictReport, force: boolean): void {
  if (verdict === 'free' || verdict === 'held' || (force && verdict !== 'not assignable')) return;
  throw new HostdevError(verdict === 'not assignable' ? 'function-not-assignable' : 'function-in-use', `${address} is ${verdict}: ${evidence.join('; ')}`, {
    subject: address,
    hint:
      verdict === 'unknown'
        ? 'make sure that it is not used, then add --force'
        : 'stop using it first; --force takes it all the same, and what is named here is lost',
    details: { evidence },
  });
}

/**
 * What a guest holds is not taken from it, whatever the options say.
 *
 * @throws {HostdevError} `function-held`.
 */
export async function refuseHeld(context: AppContext, addresses: readonly PciAddress[]): Promise<void> {
  for (const report of await checkFunctions(context, addresses)) if (report.verdict === 'held') throw heldError(report);
}

function heldError({ address, evidence }: VerdictReport): HostdevError {
  return new HostdevError('function-held', `${address} is held: ${evidence.join('; ')}`, {
    subject: address,
    hint: 'detach it from the guest or stop the guest first; --wait waits for that',
    details: { evidence },
  });
}
