/** Whether a host device that a definition has is one that was asked for. */
import { samePciAddress } from '../pci/address.ts';
import type { HostdevSpec } from './hostdev-xml.ts';
import type { Hostdev, VirtualPort } from './hostdev.ts';
import { hasVlan } from './interface-set.ts';

/**
 * Whether an element says all that a spec asks for, so that adding it would change nothing. What is not asked for may be anything; what cannot be
 * told from an element (several functions in a slot, ROMs) counts as different.
 */
export function saysAllOf(hostdev: Hostdev, spec: HostdevSpec): boolean {
  const { source, managed = true, driverModel, iommufd, guestAddress, multifunction, zpci, rom, bootOrder, teaming, interface: nic } = spec;
  if (hostdev.source === undefined || !samePciAddress(hostdev.source, source)) return false;
  if (multifunction !== undefined || rom !== undefined) return false;
  const at = hostdev.address;
  const asked: readonly (readonly [unknown, unknown])[] = [
    [managed, hostdev.managed],
    [driverModel, hostdev.driver?.model],
    [iommufd === true ? 'yes' : undefined, hostdev.driver?.iommufd],
    [zpci?.uid, at?.zpci.uid],
    [zpci?.fid, at?.zpci.fid],
    [bootOrder, hostdev.bootOrder],
    [teaming, hostdev.teaming?.persistent],
    [nic === undefined ? undefined : 'interface', hostdev.form],
    [nic?.mac?.toLowerCase(), hostdev.mac?.toLowerCase()],
    ...portFacts(nic?.virtualport, hostdev.virtualport),
  ];
  const isThere = guestAddress === undefined || (at?.pci !== undefined && samePciAddress(at.pci, guestAddress));
  const isInVlan = nic?.vlan === undefined || hasVlan(hostdev, nic.vlan);
  return isThere && isInVlan && asked.every(([wanted, found]) => wanted === undefined || wanted === found);
}

/** A number among the parameters may be written in several ways. */
function portFacts(wanted: VirtualPort | undefined, found: VirtualPort | undefined): (readonly [unknown, unknown])[] {
  if (wanted === undefined) return [];
  const parameter = (name: string, text: string | undefined): unknown => (/^0x[\da-f]+$|^\d+$/i.test(text ?? '') && name !== 'profileid' ? Number(text) : text);
  const asked = Object.entries(wanted.parameters).map(([name, text]) => [parameter(name, text), parameter(name, found?.parameters[name]) ?? 'none'] as const);
  return [[wanted.type, found?.type ?? 'none'], ...asked];
}
