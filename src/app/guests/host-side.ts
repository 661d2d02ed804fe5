/** The host's side of giving a function to a guest: whether it may be given, and what its driver is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { refusalUnseen } from '../../plan/assignable.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import { isVfioDriver, type NodeDevice } from '../../state/node-device.ts';
import { formatNodeDeviceName, formatPciAddress, type PciAddress } from '../../pci/address.ts';
import { childElement, descend, textOf } from '../../xml/read.ts';
import { parseXml } from '../../xml/parse.ts';
import type { Libvirt } from '../../libvirt/index.ts';
import { refuseUnassignable, type TakingOptions } from '../assignable.ts';
import type { AppContext } from '../context.ts';
import { requireFunctions } from '../find.ts';
import { lookAgain, viewing } from '../host-view.ts';
import { refuseInterrupted } from '../wait.ts';
import type { Change } from '../../plan/change.ts';
import { loadingOnce } from '../../plan/prepare.ts';
import { planMove } from '../prepare.ts';

/** A function as the host has it now; of one of another host only its driver is known. */
export type HostFunction = Pick<NodeDevice, 'address' | 'driver'>;

/**
 * Functions of this machine that a guest may have.
 *
 * @throws {HostdevError} `function-unknown`, `function-in-use`, `function-held`, `group-incomplete`, ….
 */
export async function requireGivable(context: AppContext, addresses: readonly PciAddress[], options: TakingOptions): Promise<NodeDevice[]> {
  return caughtUp(
    context,
    async (view) => {
      const devices = await requireFunctions(view.port, addresses);
      await refuseUnassignable(view, devices, () => true, options);
      return devices;
    },
    options.signal,
  );
}

/**
 * libvirt says that a guest has let go, then gives the function back to its host driver, and only then writes it down. Until then its file
 * is all that speaks against us; probing a driver can take seconds.
 */
const CATCH_UP_MS = 15_000;
const AGAIN_MS = 100;

async function caughtUp<T>(context: AppContext, look: (view: AppContext) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  let view = viewing(context);
  for (const deadline = Date.now() + CATCH_UP_MS; ; view = lookAgain(view)) {
    try {
      return await look(view);
    } catch (error) {
      if (!isOnlyWritten(error) || Date.now() > deadline) throw error;
      refuseInterrupted(signal);
    }
    await sleep(AGAIN_MS);
  }
}

function isOnlyWritten(error: unknown): boolean {
  return error instanceof HostdevError && error.code === 'function-held' && error.details['isNote'] === true;
}

/**
 * Functions of another machine, of which nothing is known but what its libvirt tells.
 *
 * @throws {HostdevError} `function-unknown`, `function-in-use`.
 */
export async function requireRemote(
  libvirt: Libvirt,
  addresses: readonly PciAddress[],
  force: boolean,
  isManaged: (index: number) => boolean,
): Promise<HostFunction[]> {
  const functions: HostFunction[] = [];
  for (const [i, address] of addresses.entries()) {
    const name = formatPciAddress(address);
    const xml = await libvirt.nodeDeviceXml(formatNodeDeviceName(address));
    if (xml === undefined) {
      throw new HostdevError('function-unknown', `${libvirt.uri.text} has no PCI function ${name}`, { subject: name, hint: "'hostdev list' there shows all" });
    }
    const driver = driverIn(xml);
    if (!isVfioDriver(driver) && !isManaged(i)) {
      throw notPrepared({ address, driver }, ' over there, and --managed no leaves that to you', `run 'hostdev prepare ${name}' there`);
    }
    if (!isVfioDriver(driver) && !force) throw refusalUnseen(libvirt.uri.host, { address, driver });
    functions.push({ address, driver });
  }
  return functions;
}

function driverIn(xml: string): string | undefined {
  const document = parseXml(xml);
  const name = descend(document.root, 'driver', 'name') ?? childElement(document.root, 'driver');
  const text = name === undefined ? '' : textOf(document, name).trim();
  return text === '' ? undefined : text;
}

/** libvirt takes a managed function itself; an unmanaged one has to be with vfio before. */
export function mustBePrepared({ driver }: HostFunction, managed: boolean): boolean {
  return !managed && !isVfioDriver(driver);
}

/** Says which driver has the function, and in `why` what keeps it there. */
export function notPrepared({ address, driver }: HostFunction, why: string, hint = `hostdev prepare ${formatPciAddress(address)}`): HostdevError {
  const name = formatPciAddress(address);
  return new HostdevError('function-not-prepared', `${name} is with ${driver ?? 'no driver'}${why}`, { subject: name, hint });
}

/** What readies the functions that libvirt does not take itself. */
export async function planHandover(
  context: AppContext,
  functions: readonly HostFunction[],
  specs: readonly { readonly managed?: boolean | undefined }[],
): Promise<Change[]> {
  const ours = functions.filter((each, i) => mustBePrepared(each, specs[i]?.managed !== false)).map(({ address }) => address);
  const devices = await requireFunctions(context.port, ours);
  const changes = loadingOnce(await Promise.all(devices.map((device) => planMove(context, device, {}))));
  return changes.filter((change) => change !== undefined);
}

/** A function that is with a host driver although nobody else would take it. */
export function driverNote({ address, driver }: HostFunction, managed: boolean): Problem[] {
  if (managed || isVfioDriver(driver)) return [];
  return [
    {
      code: 'function-not-prepared',
      severity: 'warning',
      subject: formatPciAddress(address),
      message: `${formatPciAddress(address)} is with ${driver ?? 'no driver'}; it is taken to vfio-pci first, and stays there`,
    },
  ];
}
