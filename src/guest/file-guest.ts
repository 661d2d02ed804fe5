/** A definition in a file: a guest that nobody runs. */
import { addDevice } from '../domain/edit.ts';
import { readDomain } from '../domain/domain.ts';
import { withRootPorts } from '../domain/root-ports.ts';
import { HostdevError } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import { deviceText, findDevice, formatSelector } from '../state/guest-state.ts';
import { locationIn } from '../xml/position.ts';
import { applySplices, removeNode } from '../xml/edit.ts';
import type { GuestPort } from './port.ts';
import { shellWord } from '../shell-word.ts';

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
      const xml = await read();
      const domain = readDomain(xml, { file: name });
      const present = findDevice(xml, selector);
      if (present !== undefined) {
        const device = formatSelector(selector);
        throw new HostdevError('hostdev-present', `the guest already has ${device}`, {
          subject: device,
          location: locationIn(domain.document, present.element.start, name),
          hint: `to change how it is attached, detach it first: hostdev detach ${shellWord(name)} ${device}`,
        });
      }
      await replace(addDevice(domain, text.split('\n')));
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
