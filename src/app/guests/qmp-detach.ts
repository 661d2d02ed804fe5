/** `hostdev detach qmp:SOCKET`: the guest first, then the host driver. */
import { HostdevError } from '../../errors.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../../pci/address.ts';
import type { AppContext } from '../context.ts';
import { refuseTwice } from '../find.ts';
import type { GuestChangeOptions } from './attach.ts';
import { giveBack, giveBackHint } from './give-back.ts';
import { type GuestPlan, type GuestReport, type GuestStep, requireAgreement } from './plan.ts';
import { listDevices, listQmpHostdevs, slotMates } from './qmp-devices.ts';
import { removeDevice, statusOf, withQmp } from './qmp-monitor.ts';
import { orBack } from './undo.ts';

/** Takes functions from the guest of a monitor, one after the other, then gives them back to their host drivers. */
export async function detachFromQmp(
  context: AppContext,
  socket: string,
  addresses: readonly PciAddress[],
  options: GuestChangeOptions & { readonly release: boolean },
): Promise<GuestReport> {
  refuseTwice(addresses);
  return withQmp(socket, options.signal, async (qmp) => {
    const devices: { readonly address: PciAddress; readonly id: string }[] = [];
    const hostdevs = await listQmpHostdevs(qmp);
    for (const address of addresses) {
      const found = hostdevs.find(({ host }) => samePciAddress(host, address));
      const name = formatPciAddress(address);
      if (found === undefined)
        throw new HostdevError('hostdev-absent', `the guest does not have ${name}`, { subject: name, hint: 'another guest may have it' });
      devices.push({ address, id: found.id });
    }
    const places = await listDevices(qmp);
    for (const { address, id } of devices) {
      const left = slotMates(places, id).filter((mate) => !devices.some((device) => device.id === mate));
      if (left.length === 0) continue;
      const name = formatPciAddress(address);
      throw new HostdevError('option-conflict', `${name} shares its slot in the guest with ${left.join(', ')}, which would go with it`, {
        subject: name,
        hint: 'name all functions of the slot',
      });
    }
    const shown: GuestPlan = {
      verb: 'detach',
      guest: `qmp:${socket}`,
      uuid: null,
      state: await statusOf(qmp),
      functions: devices.map(({ address }) => ({ address: formatPciAddress(address), guestAddress: null, uid: null, fid: null, live: true, config: false })),
      steps: devices.flatMap(({ address, id }): GuestStep[] => [
        { on: 'guest', what: `${formatPciAddress(address)}: wait until the guest has let go of ${id}`, undo: null },
        ...(options.release ? [{ on: 'host' as const, what: `${formatPciAddress(address)}: vfio-pci → its host driver, by hostdev`, undo: null }] : []),
      ]),
      notes: [],
    };
    if (options.dryRun) return { ...shown, applied: false };
    await requireAgreement(shown, options.agree);
    const gone: PciAddress[] = [];
    // Of a group none can go back while QEMU has another one of it; what is gone goes back whatever the others do.
    const back = async (): Promise<void> => (options.release ? giveBack(context, gone, { ...options, timeoutMs: options.waitMs ?? 0 }) : undefined);
    await orBack(
      async () => {
        for (const { address, id } of devices) {
          options.onProgress?.(`waiting for the guest to let go of ${formatPciAddress(address)}`);
          await removeDevice(qmp, id, options);
          gone.push(address);
        }
      },
      back,
      giveBackHint(addresses),
    );
    await back();
    return { ...shown, applied: true };
  });
}
