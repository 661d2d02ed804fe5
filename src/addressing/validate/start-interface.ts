/**
 * What a start fails on where an interface is a virtual function whose MAC, VLAN or port profile libvirt sets through its physical function.
 *
 * Rules: docs/addressing.md §15. Source: libvirt formatdomain, "PCI passthrough" of interfaces and "Setting VLAN tag".
 */
import { formatPciAddress } from '../../pci/address.ts';
import { attribute, childElement, childElements } from '../../xml/read.ts';
import type { Device } from '../guest/device.ts';
import type { Guest } from '../guest/guest.ts';
import type { HostFunctionFacts } from '../host-facts.ts';
import { type Finding, report } from './report.ts';

/** Settings of an interface that need a tap device, which a host device has not. */
const TAP_ONLY: readonly (readonly [what: string, found: (nic: Device) => boolean])[] = [
  ['bandwidth', (nic) => nic.element !== undefined && childElement(nic.element, 'bandwidth') !== undefined],
  ['a filter', (nic) => nic.element !== undefined && childElement(nic.element, 'filterref') !== undefined],
  ['a tap device path', (nic) => nic.element !== undefined && attribute(childElement(nic.element, 'backend'), 'tap') !== undefined],
  ['queues', (nic) => nic.element !== undefined && attribute(childElement(nic.element, 'driver'), 'queues') !== undefined],
];

/** An `<interface type='hostdev'>`, whatever the host has. */
export function checkHostdevInterface(guest: Guest, nic: Device): void {
  const refuse = (message: string, hint: string, name?: string): void =>
    report(guest, nic, {
      code: 'interface-invalid',
      message,
      hint,
      element: (name === undefined || nic.element === undefined ? undefined : childElement(nic.element, name)) ?? nic.element,
    });
  for (const [what, found] of TAP_ONLY) {
    if (found(nic)) refuse(`has ${what}`, 'a host device has no tap device to apply it to; remove it');
  }
  const { element } = nic;
  const vlan = element === undefined ? undefined : childElement(element, 'vlan');
  const port = element === undefined ? undefined : childElement(element, 'virtualport');
  const tags = vlan === undefined ? [] : childElements(vlan, 'tag');
  if (attribute(vlan, 'trunk') === 'yes' || tags.length > 1) {
    refuse(
      'has a VLAN trunk, which a virtual function cannot have',
      'leave one <tag>; a guest that needs several tags itself gets the function without <vlan>',
      'vlan',
    );
  }
  if (port === undefined) return;
  if (vlan !== undefined) refuse('has a VLAN beside a virtual port', 'the switch sets the VLAN of a virtual port; remove <vlan>', 'vlan');
  const type = attribute(port, 'type');
  if (type !== undefined && type !== '802.1Qbh') {
    refuse(`has a virtual port of type ${type}, which a host device cannot have`, "write type='802.1Qbh', or remove <virtualport>", 'virtualport');
  }
}

/** The same interface on this host: libvirt sets nothing on a function that is no VF, nor through a PF that is not up. */
export function checkVirtualFunction(guest: Guest, hostdev: Device, facts: HostFunctionFacts): void {
  const finding = vfFinding(hostdev, facts);
  if (finding !== undefined) report(guest, hostdev, { code: 'vf-unreachable', element: hostdev.element, ...finding });
}

function vfFinding({ element }: Device, facts: HostFunctionFacts): Pick<Finding, 'message' | 'hint'> | undefined {
  const { physicalFunction, physicalFunctionReachable, physicalInterface } = facts;
  if (physicalFunction === undefined) {
    return { message: 'is not a VF', hint: 'an interface needs a VF, whose PF sets its MAC; use <hostdev> for this function' };
  }
  const pf = formatPciAddress(physicalFunction);
  if (physicalFunctionReachable === false) {
    return {
      message: `is a VF of ${pf}, which has no network driver here`,
      hint: 'the PF sets MAC and VLAN of its VFs: bind it to its network driver and bring it up',
    };
  }
  // The state of the PF matters where MAC and VLAN are saved; a virtual port brings its own.
  const savesSettings = element !== undefined && childElement(element, 'virtualport') === undefined;
  if (savesSettings && physicalInterface?.up === false) {
    return {
      message: `is a VF of ${pf}, whose interface ${physicalInterface.name} is down: libvirt sets its MAC and VLAN through that, and refuses`,
      hint: `ip link set ${physicalInterface.name} up`,
    };
  }
  return undefined;
}
