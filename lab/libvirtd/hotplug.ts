/** What a real libvirt does with a card that is plugged into a guest that runs, against what is predicted for a host function of its kind. */
import { assignHotplug } from '../../src/addressing/hotplug.ts';
import type { Capabilities } from '../../src/addressing/capabilities/capabilities.ts';
import { NO_HOST } from '../../src/addressing/host-facts.ts';
import { formatPciAddress, pciAddress } from '../../src/pci/address.ts';
import { parseNumber } from '../../src/pci/number.ts';
import { attribute, childElement, childElements, descend, parseXml } from '../../src/xml/index.ts';
import type { Plugged } from './plugging.ts';
import { EXPRESS } from './pluggings.ts';

/** Where it went, or that it was refused. */
function actual({ mac, outcome }: Plugged): string {
  if (!outcome.ok) return 'refused';
  const devices = childElement(parseXml(outcome.after).root, 'devices');
  const found = (devices === undefined ? [] : childElements(devices, 'interface')).find((nic) => attribute(childElement(nic, 'mac'), 'address') === mac);
  const address = found === undefined ? undefined : childElement(found, 'address');
  const part = (name: string): number => parseNumber(attribute(address, name) ?? '') ?? 0;
  const zpci = address === undefined ? undefined : childElement(address, 'zpci');
  const id = (name: string): string => String(parseNumber(attribute(zpci, name) ?? '') ?? 'none');
  const at = formatPciAddress(pciAddress(part('domain'), part('bus'), part('slot'), part('function')));
  return zpci === undefined ? at : `${at} uid ${id('uid')} fid ${id('fid')}`;
}

function predicted({ card, before }: Plugged, capabilities: Capabilities): string {
  const source = "<source><address domain='0xfff0' bus='1' slot='0' function='0'/></source>";
  const result = assignHotplug(before, `<hostdev mode='subsystem' type='pci'>${source}${card.address}</hostdev>`, {
    capabilities,
    host: { ...NO_HOST, pciFunction: () => ({ express: (EXPRESS as readonly string[]).includes(card.model), iommuGroup: undefined }) },
  });
  if (!result.ok) return 'refused';
  const { address, zpci } = result.place;
  return zpci === undefined ? formatPciAddress(address) : `${formatPciAddress(address)} uid ${zpci.uid} fid ${zpci.fid}`;
}

/** libvirt tries a bus that QEMU plugs nothing into; we name a place on the next one, which the tables have as an address that is given. */
function isPassedOver({ card, outcome }: Plugged, ours: string): boolean {
  const [, bus] = (outcome.ok ? undefined : /Bus 'pcie?\.(\d+)' does not support hotplugging/.exec(outcome.message)) ?? [];
  return bus !== undefined && card.address === '' && ours !== 'refused' && Number.parseInt(ours.slice(5, 7), 16) > Number(bus);
}

/** A line for each card that went somewhere else than was predicted. */
export function hotplugDifferences(plugged: readonly Plugged[], capabilitiesOf: (arch: string) => Capabilities): string[] {
  return plugged.flatMap((one, i) => {
    const arch = attribute(descend(parseXml(one.before).root, 'os', 'type'), 'arch') ?? '';
    const [real, ours] = [actual(one), predicted(one, capabilitiesOf(arch))];
    if (isPassedOver(one, ours)) return [];
    const why = one.outcome.ok ? '' : ` (${one.outcome.message})`;
    return real === ours ? [] : [`card ${i}, ${one.card.model} ${one.card.address}: ${real}${why}, and not ${ours}`];
  });
}
