/** Steps on a guest, through whatever port leads to it. */
import { deviceSelector } from '../plan/guest-device.ts';
import type { AttachStep, DetachStep, PortsStep } from '../plan/step.ts';
import type { Doing } from './target.ts';

/** Gives the guest a device. */
export async function attachStep({ target, change, options }: Doing, step: AttachStep): Promise<void> {
  const guest = await target.guestOf(change.before);
  const device = { selector: deviceSelector(step.device, change.before), text: step.text, place: step.place };
  await guest.attachDevice(device, { live: step.on !== 'definition', config: step.on !== 'guest' }, options.signal);
}

/** Takes a device from the guest. */
export async function detachStep({ target, change, options }: Doing, step: DetachStep): Promise<void> {
  const guest = await target.guestOf(change.before);
  await guest.detachDevice(deviceSelector(step.device, change.before), step.on === 'guest' ? 'live' : 'config', options);
}

/** Adds ports to the guest's definition. */
export async function portsStep({ target, change }: Doing, { count }: PortsStep): Promise<void> {
  await (await target.guestOf(change.before)).addRootPorts(count);
}
