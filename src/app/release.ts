/** `hostdev release`: back to the host drivers. */
import { release } from '../driver/bind.ts';
import { releaseSteps } from '../driver/bind-steps.ts';
import { isVfioDriver, type NodeDevice } from '../host/node-device.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { refuseHeld } from './assignable.ts';
import { planned } from './change-options.ts';
import type { AppContext } from './context.ts';
import { refuseTwice, requireFunctions } from './find.ts';
import { onceConfirmed, wholeGroups } from './group.ts';
import type { ChangeLog } from './journaled.ts';
import type { DriverChange, PrepareOptions } from './prepare.ts';

/** Gives functions back to their host drivers; what a guest holds stays with it. */
export async function releaseFunctions(context: AppContext, addresses: readonly PciAddress[], options: PrepareOptions): Promise<DriverChange[]> {
  refuseTwice(addresses);
  const confirm = onceConfirmed(options.confirm);
  const plan = async (): Promise<NodeDevice[]> => {
    const named = await requireFunctions(context.port, addresses);
    const devices = options.group === true ? await wholeGroups(context, named, confirm) : named;
    await refuseHeld(
      context,
      devices.map(({ address }) => address),
    );
    return devices;
  };
  return planned(context, 'release', options, {
    plan,
    isIdle: (devices) => !devices.some(isMoving),
    preview: (devices) => report(devices, new Map()),
    apply: async (devices, log) => report(devices, await giveAll(context, log, devices, options)),
  });
}

function isMoving(device: NodeDevice): boolean {
  return isVfioDriver(device.driver) || device.driverOverride !== undefined || device.driver === undefined;
}

async function giveAll(
  context: AppContext,
  log: ChangeLog,
  devices: readonly NodeDevice[],
  options: PrepareOptions,
): Promise<Map<NodeDevice, string | undefined>> {
  const after = new Map<NodeDevice, string | undefined>();
  for (const device of devices.filter(isMoving)) {
    options.onProgress?.(`${formatPciAddress(device.address)}: ${device.driver ?? 'no driver'} → its host driver`);
    after.set(device, await log.driver('release', device, undefined, () => release(context.port, device.address, device.driver)));
  }
  return after;
}

function report(devices: readonly NodeDevice[], after: ReadonlyMap<NodeDevice, string | undefined>): DriverChange[] {
  return devices.map((device) => {
    const changed = isMoving(device);
    return {
      address: formatPciAddress(device.address),
      before: device.driver ?? null,
      after: (changed ? after.get(device) : device.driver) ?? null,
      changed,
      steps: changed ? releaseSteps(device.address, device.driver) : [],
      todo: [],
      taken: null,
    };
  });
}
