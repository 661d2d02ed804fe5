/** Functions that were taken for a guest, and that it does not have: back to their host drivers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HostdevError } from '../../errors.ts';
import { readNodeDevice } from '../../host/inventory.ts';
import { isVfioDriver } from '../../state/node-device.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../../pci/address.ts';
import type { AppContext } from '../context.ts';
import { releaseFunctions } from '../release.ts';
import type { HostFunction } from './host-side.ts';
import { orBack, tryAll, type UndoOptions } from './undo.ts';

/** QEMU and libvirt say that a device is gone a moment before they close their files; another hostdev is done in seconds. */
const LEAST_WAIT_MS = 5000;

interface GiveBackOptions extends Partial<UndoOptions> {
  /** Milliseconds for what holds one of them still, and for another hostdev. */
  readonly timeoutMs: number;
  /** How long they have at least. */
  readonly leastWaitMs?: number | undefined;
  readonly stateDirectory?: string | undefined;
}

/**
 * Gives back each that nobody has, whatever becomes of the others. Nothing here is ended by a signal: whoever interrupts wants it back.
 *
 * @throws {HostdevError} `stuck` with all that stay, and why.
 */
export async function giveBack(context: AppContext, addresses: readonly PciAddress[], options: GiveBackOptions): Promise<void> {
  const { stateDirectory, onProgress, leastWaitMs = LEAST_WAIT_MS } = options;
  const give = Date.now() + Math.max(options.timeoutMs, leastWaitMs);
  await tryAll(
    addresses.map((address) => async () => {
      try {
        await releaseFunctions(context, [address], { dryRun: false, stateDirectory, onProgress, waitMs: Math.max(0, give - Date.now()) });
      } catch (error) {
        throw new HostdevError('stuck', `${formatPciAddress(address)} could not be given back to the host: ${(error as Error).message}`, {
          hint: giveBackHint([address]),
          cause: error,
        });
      }
    }),
  );
}

const AGAIN_MS = 100;

/**
 * Those that had a host driver and do not get it back by themselves. libvirt gives back what it took, a moment after it has said so; a
 * daemon that ended in the middle does not. Neither takes anything any more: libvirt answers, and the next daemon listens, after that.
 */
async function findStrays({ port }: AppContext, before: readonly HostFunction[], waitMs = LEAST_WAIT_MS): Promise<PciAddress[]> {
  for (const give = Date.now() + waitMs; ; await sleep(AGAIN_MS)) {
    const strays: PciAddress[] = [];
    for (const { address, driver } of before) {
      if (driver === undefined || isVfioDriver(driver)) continue;
      const now = await readNodeDevice(port, address);
      if (now !== undefined && now.driver !== driver) strays.push(address);
    }
    if (strays.length === 0 || Date.now() > give) return strays;
  }
}

/**
 * Ends a change that failed: what we `took` goes back, and what libvirt took of those that were as in `before`; then the failure is told, with
 * what could not go back.
 */
export async function giveBackAfter(
  error: unknown,
  context: AppContext,
  took: readonly PciAddress[],
  before: readonly HostFunction[],
  options: GiveBackOptions,
): Promise<never> {
  // What may still happen in the guest must not lose its function.
  if (error instanceof HostdevError && error.code === 'stuck') throw error;
  const others = before.filter(({ address }) => !took.some((each) => samePciAddress(each, address)));
  const taken = [...took, ...(await findStrays(context, others, options.leastWaitMs))];
  return orBack<never>(
    async () => {
      throw error;
    },
    () => giveBack(context, taken, options),
    giveBackHint(taken),
  );
}

/** What to do about functions that could not be given back. */
export function giveBackHint(addresses: readonly PciAddress[]): string {
  const names = addresses.map(formatPciAddress).join(' ');
  return `'hostdev check ${names}' says who has it; once nobody does, which may be when the guest ends, 'hostdev release ${names}' gives it back`;
}
