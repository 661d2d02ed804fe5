/** Putting a device into the text of a definition, as a step of a plan says it. */
import { readDomain } from '../domain/domain.ts';
import { addDevice } from '../domain/edit.ts';
import { HostdevError } from '../errors.ts';
import { shellWord } from '../shell-word.ts';
import { locationIn } from '../xml/position.ts';
import { type DeviceSelector, findDevice, formatSelector } from './guest-state.ts';

/**
 * The definition with the element of a device, where libvirt would write it. `name` is that of the definition.
 *
 * @throws {HostdevError} `hostdev-present` when the guest has it already.
 */
export function withDevice(xml: string, { selector, text }: { readonly selector: DeviceSelector; readonly text: string }, name: string): string {
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
  return addDevice(domain, text.split('\n'));
}
