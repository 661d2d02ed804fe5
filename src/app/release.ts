/** `hostdev release`: back to the host drivers. */
import { release } from '../execute/bind.ts';
import { releaseSteps } from '../execute/bind-steps.ts';
import { bringUp } from '../execute/link-state.ts';
import { isVfioDriver, type NodeDevice } from '../state/node-device.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { refuseHeld } from './assignable.ts';
import { planned } from './change-options.ts';
import type { AppContext } from './context.ts';
import { refuseTwice, requireFunctions } from './find.ts';
import { onceConfirmed, wholeGroups } from './group.ts';
import type { ChangeLog } from './journaled.ts';
import { readKeptAddresses } from './persistent.ts';
import { whoTook } from './taken-by.ts';
import type { DriverChange, PrepareOptions } from './prepare.ts';

/** Gives functions back to their host drivers; what a guest holds stays with it. */
export async function releaseFunctions(context: AppContext, addresses: readonly PciAddress[], options: PrepareOptions): Promise<DriverChange[]> {
  refuseTwice(addresses);
  const confirm = onceConfirmed(options.confirm);
  const plan = async (): Promise<Move[]> => {
    const named = await requireFunctions(context.port, addresses);
    const devices = options.group === true ? await wholeGroups(context, named, confirm) : named;
    await refuseHeld(
      context,
      devices.map(({ address }) => address),
    );
    const took = await whoTook(context, options.stateDirectory);
    const kept = await readKeptAddresses(context.port);
    return devices.map((device) => {
      const name = formatPciAddress(device.address);
      const before = took.get(name)?.before ?? {};
      return { device, override: hostOverride(before['override']), link: before['link'] ?? null, isKept: kept.has(name) };
    });
  };
  return planned(context, 'release', options, {
    plan,
    isIdle: (moves) => !moves.some(({ device }) => isMoving(device)),
    preview: (moves) => report(moves, new Map()),
    apply: async (moves, log) => report(moves, await giveAll(context, log, moves, options)),
  });
}

interface Move {
  readonly device: NodeDevice;
  /** Override that it had before it was taken. */
  readonly override: string | null;
  /** Whether its interface was up before it was taken. */
  readonly link: string | null;
  /** Whether a rule takes it again at the next boot. */
  readonly isKept: boolean;
}

/** An override that named a VFIO driver is what release is there to end. */
function hostOverride(override: string | null | undefined): string | null {
  return override === undefined || override === null || isVfioDriver(override) ? null : override;
}

function isMoving(device: NodeDevice): boolean {
  return isVfioDriver(device.driver) || (device.driverOverride !== undefined && isVfioDriver(device.driverOverride)) || device.driver === undefined;
}

async function giveAll(context: AppContext, log: ChangeLog, moves: readonly Move[], options: PrepareOptions): Promise<Map<NodeDevice, string | undefined>> {
  const after = new Map<NodeDevice, string | undefined>();
  for (const { device, override, link } of moves) {
    if (!isMoving(device)) continue;
    options.onProgress?.(`${formatPciAddress(device.address)}: ${device.driver ?? 'no driver'} → its host driver`);
    const driver = await log.driver('release', device, undefined, () => release(context.port, device.address, device.driver, override));
    after.set(device, driver);
    if (link === 'up' && driver !== undefined) await bringUp(context.port, device.address);
  }
  return after;
}

function report(moves: readonly Move[], after: ReadonlyMap<NodeDevice, string | undefined>): DriverChange[] {
  return moves.map(({ device, override, isKept }) => {
    const changed = isMoving(device);
    const name = formatPciAddress(device.address);
    return {
      address: name,
      before: device.driver ?? null,
      after: (changed ? after.get(device) : device.driver) ?? null,
      changed,
      steps: changed ? releaseSteps(device.address, device.driver, override) : [],
      todo: isKept ? [`hostdev persistent remove ${name}  # unless the next boot is to take it again`] : [],
      taken: null,
    };
  });
}
