/** A definition in a file: a guest that nobody runs. */
import { readDomain } from '../domain/domain.ts';
import { withRootPorts } from '../domain/root-ports.ts';
import { HostdevError } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import { withDevice } from '../state/definition-device.ts';
import { deviceText, findDevice } from '../state/guest-state.ts';
import { applySplices, removeNode } from '../xml/edit.ts';
import type { GuestPort } from './port.ts';

/** How the text of a definition is read and replaced. */
export interface DefinitionFile {
  readonly name: string;
  readonly read: () => Promise<string>;
  readonly replace: (text: string) => Promise<void>;
}

/** The port to a definition; it has nothing live. */
export function fileGuest({ name, read, replace }: DefinitionFile): GuestPort {
  return {
    uri: 'file',
    id: name,
    name,
    find: async (selector) => {
      const xml = await read();
      const text = deviceText(xml, selector);
      const pci = findDevice(xml, selector)?.address?.pci;
      const config = text === undefined ? undefined : { text, address: pci === undefined ? undefined : formatPciAddress(pci) };
      return { running: false, live: undefined, config };
    },
    attachDevice: async ({ selector, text }, parts) => {
      if (parts.live)
        throw new HostdevError('guest-not-running', `${name} is a definition, and nothing of it runs`, { subject: name, hint: 'leave --live out' });
      await replace(withDevice(await read(), { selector, text }, name));
    },
    detachDevice: async (selector, part) => {
      if (part === 'live') return;
      // A definition may have a device twice, which libvirt would refuse.
      for (;;) {
        const xml = await read();
        const found = findDevice(xml, selector);
        if (found === undefined) return;
        await replace(applySplices(xml, [removeNode(readDomain(xml, { file: name }).document, found.element)]));
      }
    },
    definition: read,
    addRootPorts: async (count) => replace(withRootPorts(await read(), count)),
    close: async () => undefined,
  };
}
