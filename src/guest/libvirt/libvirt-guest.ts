/** A guest of libvirt: the devices of what runs, and those of its definition. */
import { copyAddress, isPlaceTaken } from '../../domain/device-address.ts';
import { withRootPorts } from '../../domain/root-ports.ts';
import { HostdevError } from '../../errors.ts';
import type { DomainRef } from '../../libvirt/index.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { type DeviceSelector, deviceText, findDevice, formatSelector } from '../../state/guest-state.ts';
import type { DeviceInGuest, DeviceToAttach, FoundDevice, GuestPort } from '../port.ts';
import { isLost, type LibvirtLink } from './link.ts';
import { DefinitionAdditions } from './definition-additions.ts';
import { readGuest, unlessGone } from './read-guest.ts';
import { redefine } from './redefine.ts';
import { unplugAndWait } from './unplug.ts';

/** The port to a guest over a connection, which stays whose it is. */
export function libvirtGuest(link: LibvirtLink, ref: Pick<DomainRef, 'name' | 'uuid' | 'id'>): GuestPort {
  const find = async (selector: DeviceSelector): Promise<DeviceInGuest | undefined> => {
    const guest = await readGuest(await link.get(), ref).catch(unlessGone);
    if (guest === undefined) return undefined;
    return { running: guest.live !== undefined, live: foundIn(guest.live, selector), config: foundIn(guest.config, selector) };
  };
  const additions = new DefinitionAdditions(ref);
  return {
    uri: link.uri,
    id: ref.uuid,
    name: ref.name,
    find,
    attachDevice: async (device, parts, signal) => {
      const libvirt = await link.get(signal);
      const text = device.place === 'as it runs' ? await placedAsItRuns(find, device, (await readGuest(libvirt, ref)).config) : device.text;
      const before = parts.config ? await additions.read(libvirt) : undefined;
      try {
        await libvirt.attachDevice(ref, text, parts, { timeoutMs: ATTACH_MS });
        if (before !== undefined) additions.remember(device.selector, before, await additions.read(libvirt));
      } catch (error) {
        if (!isLost(error)) throw explained(error);
        if (error instanceof HostdevError && error.code === 'libvirt-timeout') throw mayStillHappen(error, ref.name);
        // Attached wholly or not at all: when the connection is lost meanwhile, what became of it is looked at over a new one.
        const now = await find(device.selector);
        if ((parts.live && now?.live === undefined) || (parts.config && now?.config === undefined)) throw error;
      }
    },
    detachDevice: async (selector, part, options) => {
      if (part === 'live') return unplugAndWait(link, ref, selector, options);
      const libvirt = await link.get();
      const text = deviceText((await readGuest(libvirt, ref)).config, selector);
      if (text === undefined) return;
      await libvirt.detachDevice(ref, text, { config: true });
      const stays = await additions.takeBack(libvirt, selector);
      if (stays.length > 0) throw controllersStay(ref.name, selector, stays);
    },
    definition: async () => (await readGuest(await link.get(), ref).catch(unlessGone))?.config,
    addRootPorts: async (count) => {
      if (!(await redefine(await link.get(), ref, (xml) => withRootPorts(xml, count)))) throw changedMeanwhile(ref.name);
    },
    close: async () => undefined,
  };
}

/** The first function of a guest has all its memory pinned, which takes minutes where there are terabytes of it. */
const ATTACH_MS = 15 * 60_000;

function foundIn(xml: string | undefined, selector: DeviceSelector): FoundDevice | undefined {
  const text = deviceText(xml, selector);
  if (text === undefined) return undefined;
  const pci = findDevice(xml, selector)?.address?.pci;
  return { text, address: pci === undefined ? undefined : formatPciAddress(pci) };
}

/** What the definition has at that place comes there at the next start: then libvirt finds another one in it. */
async function placedAsItRuns(find: GuestPort['find'], { selector, text }: DeviceToAttach, config?: string): Promise<string> {
  const running = (await find(selector))?.live;
  const placed = running === undefined ? text : copyAddress(running.text, text);
  return config !== undefined && isPlaceTaken(config, placed) ? text : placed;
}

/** Until it is known what became of it, nothing that is undone would stay undone. */
function mayStillHappen(error: HostdevError, name: string): HostdevError {
  return new HostdevError('stuck', `${error.message}; it may still be attached later`, {
    subject: name,
    hint: "'hostdev recover' looks what became of it",
    cause: error,
  });
}

/** A daemon that ended between two commands to QEMU has left a device there of which its successor knows nothing. */
function explained(error: unknown): unknown {
  if (!(error instanceof HostdevError) || !/Duplicate (?:device )?ID/i.test(error.message)) return error;
  return new HostdevError(error.code, error.message, {
    hint: 'QEMU has a device of which libvirt knows nothing, probably from a libvirtd that ended in the middle of attaching; shut the guest down and start it again, or on IBM Z name another --uid and --fid',
    details: error.details,
    cause: error,
  });
}

function changedMeanwhile(name: string): HostdevError {
  return new HostdevError('guest-changed', `${name} was changed by somebody else meanwhile; nothing was written`, {
    subject: name,
    hint: 'run the command again',
  });
}

/** On a terminal or not, whoever is told that an attach was taken back has to know what of it is still there. */
function controllersStay(name: string, selector: DeviceSelector, controllers: readonly string[]): HostdevError {
  const came = `the controllers that came with ${formatSelector(selector)} stay in it: ${controllers.join(', ')}`;
  return new HostdevError('guest-changed', `somebody else has changed the definition of ${name} meanwhile: ${came}`, {
    subject: name,
    hint: "they do no harm; 'virsh edit' takes them away",
  });
}
