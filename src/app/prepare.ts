/** `hostdev prepare` and `release`: from the host driver to vfio-pci, and back. */
import { HostdevError } from '../errors.ts';
import { bind, release, VFIO_PCI } from '../driver/bind.ts';
import { bindWrites, releaseWrites, type Write } from '../driver/steps.ts';
import { readBoundMates } from '../host/groups.ts';
import { isBridge, isVfioDriver, type NodeDevice } from '../host/node-device.ts';
import type { HostPort } from '../host/port.ts';
import { readVfioUsers } from '../host/vfio-users.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { checkFunctions } from './check.ts';
import type { AppContext } from './context.ts';
import { refuseTwice, requireFunction } from './find.ts';
import { type ChangeLog, withChangeLog } from './journaled.ts';

/** What happened, or would happen, to one function. */
export interface DriverChange {
  readonly address: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly changed: boolean;
  readonly writes: readonly Write[];
}

export interface ChangeOptions {
  readonly dryRun: boolean;
  /** Take functions that the host uses; what a guest holds is never taken. */
  readonly force?: boolean;
  /** Where the journal is; that of this machine when missing. */
  readonly stateDirectory?: string;
  readonly onProgress?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Takes functions to vfio-pci. Everything is checked before the first write; if one function fails, those
 * already taken are given back.
 */
export async function prepareFunctions(context: AppContext, addresses: readonly PciAddress[], options: ChangeOptions): Promise<DriverChange[]> {
  refuseTwice(addresses);
  const devices = await findAll(context, addresses);
  if (!options.dryRun) requireRoot(context, 'prepare');
  for (const device of devices) await checkAssignable(context.port, device, addresses);
  await refuseUsed(context, addresses, options.force === true);
  const moving = devices.filter((device) => !isVfioDriver(device.driver));
  if (!options.dryRun && moving.length > 0) {
    await requireVfio(context.port);
    await withChangeLog(context.port, (log) => takeAll(context, log, moving, options), options.stateDirectory);
  }
  return devices.map((device) => {
    const changed = moving.includes(device);
    return {
      address: formatPciAddress(device.address),
      before: device.driver ?? null,
      after: changed ? VFIO_PCI : (device.driver ?? null),
      changed,
      writes: changed ? bindWrites(device.address, VFIO_PCI, device.driver) : [],
    };
  });
}

/** Takes one function after the other; if one fails, those before it are given back. */
async function takeAll(context: AppContext, log: ChangeLog, devices: readonly NodeDevice[], options: ChangeOptions): Promise<void> {
  const done: NodeDevice[] = [];
  for (const device of devices) {
    try {
      if (options.signal?.aborted === true) throw new HostdevError('interrupted', 'interrupted; nothing is left half done');
      options.onProgress?.(`${formatPciAddress(device.address)}: ${device.driver ?? 'no driver'} → ${VFIO_PCI}`);
      await log.record('prepare', device, async () => {
        await bind(context.port, device.address, VFIO_PCI, device.driver);
        return VFIO_PCI;
      });
      done.push(device);
    } catch (error) {
      for (const taken of done.reverse()) {
        const now = { ...taken, driver: VFIO_PCI, driverOverride: VFIO_PCI };
        await log.record('release', now, () => release(context.port, taken.address, VFIO_PCI)).catch(() => undefined);
      }
      throw error;
    }
  }
}

/** Gives functions back to their host drivers. */
export async function releaseFunctions(context: AppContext, addresses: readonly PciAddress[], options: ChangeOptions): Promise<DriverChange[]> {
  refuseTwice(addresses);
  const devices = await findAll(context, addresses);
  if (!options.dryRun) requireRoot(context, 'release');
  for (const device of devices) await refuseHeld(context.port, device);
  const moving = devices.filter((device) => isVfioDriver(device.driver) || device.driverOverride !== undefined || device.driver === undefined);
  const after = new Map<NodeDevice, string | undefined>();
  if (!options.dryRun && moving.length > 0) {
    const giveAll = async (log: ChangeLog): Promise<void> => {
      for (const device of moving) {
        options.onProgress?.(`${formatPciAddress(device.address)}: ${device.driver ?? 'no driver'} → its host driver`);
        after.set(device, await log.record('release', device, () => release(context.port, device.address, device.driver)));
      }
    };
    await withChangeLog(context.port, giveAll, options.stateDirectory);
  }
  return devices.map((device) => {
    const changed = moving.includes(device);
    return {
      address: formatPciAddress(device.address),
      before: device.driver ?? null,
      after: (changed ? after.get(device) : device.driver) ?? null,
      changed,
      writes: changed ? releaseWrites(device.address, device.driver) : [],
    };
  });
}

async function findAll(context: AppContext, addresses: readonly PciAddress[]): Promise<NodeDevice[]> {
  return Promise.all(addresses.map((address) => requireFunction(context.port, address)));
}

/** What the host uses is not taken, unless its loss was accepted by name. */
async function refuseUsed(context: AppContext, addresses: readonly PciAddress[], force: boolean): Promise<void> {
  for (const { address, verdict, evidence } of await checkFunctions(context, addresses)) {
    if (verdict === 'free' || verdict === 'held' || (force && verdict !== 'not assignable')) continue;
    throw new HostdevError(verdict === 'not assignable' ? 'function-not-assignable' : 'function-in-use', `${address} is ${verdict}: ${evidence.join('; ')}`, {
      subject: address,
      hint:
        verdict === 'unknown'
          ? 'make sure that it is not used, then add --force'
          : 'stop using it first; --force takes it all the same, and what is named here is lost',
      details: { evidence },
    });
  }
}

function requireRoot(context: AppContext, verb: string): void {
  if (context.isRoot) return;
  throw new HostdevError('not-root', `'${verb}' changes the host and needs root`, { hint: `run it with sudo, or add --dry-run to see what it would write` });
}

async function requireVfio(port: HostPort): Promise<void> {
  const there = async (): Promise<boolean> => (await port.list(`/sys/bus/pci/drivers/${VFIO_PCI}`)) !== undefined;
  if (await there()) return;
  let cause: unknown;
  try {
    await port.loadModule(VFIO_PCI);
  } catch (error) {
    cause = error;
  }
  if (await there()) return;
  throw new HostdevError('vfio-missing', 'the vfio-pci driver is not there and could not be loaded', {
    hint: "check that the kernel has it: 'modprobe vfio-pci', and dmesg for the reason",
    cause,
  });
}

async function checkAssignable(port: HostPort, device: NodeDevice, together: readonly PciAddress[]): Promise<void> {
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
      'switch the IOMMU on (firmware, and intel_iommu=on on the kernel command line of Intel hosts)',
    );
  }
  await checkGroup(port, device, together);
}

/** vfio gives a group to a guest as a whole: nothing in it may stay with a host driver. */
async function checkGroup(port: HostPort, device: NodeDevice, together: readonly PciAddress[]): Promise<void> {
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
      hint: 'a group goes to vfio as a whole; name all of its functions in one command, if the host can do without them',
    },
  );
}

async function refuseHeld(port: HostPort, device: NodeDevice): Promise<void> {
  if (device.iommuGroup === undefined || !isVfioDriver(device.driver)) return;
  const users = await readVfioUsers(port, device.address, device.iommuGroup);
  if (users.length === 0) return;
  const name = formatPciAddress(device.address);
  const who = users.map((user) => `${user.command} (pid ${user.pid})`).join(', ');
  throw new HostdevError('bind-failed', `${name} is held by ${who}`, { subject: name, hint: 'detach it from the guest or stop the guest first' });
}
