/**
 * What Nova is told of a host: `[pci] device_spec` says which functions nova-compute may give, `alias` how a flavor asks for them.
 * Source: OpenStack's "Attaching physical PCI devices to guests", and the options of nova.conf, group pci.
 */
import { formatPciAddress } from '../pci/address.ts';
import { classWord } from '../state/class-words.ts';
import { formatCompanion, missingCompanions } from '../state/companions.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { NetworkOf } from '../state/physical-networks.ts';
import type { LeftOut, Offer, Offers } from './offer.ts';
import { hasVariantDriver, isMigratable } from './variant-driver.ts';

/** All values are texts to Nova, `"yes"` too. */
interface DeviceSpec {
  readonly vendor_id: string;
  readonly product_id: string;
  readonly address: string;
  readonly physical_network?: string;
  readonly managed?: 'no';
  readonly live_migratable?: 'yes';
}

interface Alias {
  readonly name: string;
  readonly vendor_id: string;
  readonly product_id: string;
  readonly device_type: 'type-PCI' | 'type-PF' | 'type-VF';
  readonly live_migratable?: 'yes';
}

interface NovaDevice {
  readonly device: NodeDevice;
  readonly spec: DeviceSpec;
}

export interface NovaExport {
  readonly devices: readonly NovaDevice[];
  readonly aliases: readonly Alias[];
  readonly leftOut: readonly LeftOut[];
}

export function novaExport({ offers, leftOut }: Offers, networkOf: NetworkOf): NovaExport {
  const chosen = offers.map(chooseOne).map((each) => onOneNetwork(each, networkOf));
  const devices = chosen.flatMap(({ device, network }) => (device === undefined ? [] : { device, spec: specOf(device, network) }));
  const kept = [...leftOut, ...chosen.flatMap((each) => each.leftOut)];
  return { devices, aliases: aliasesOf(devices), leftOut: kept };
}

/**
 * Nova gives functions one by one, and knows no IOMMU groups: of each only one may be offered, or two guests would be to have parts of it, and the
 * second could not start. The others must have left their host drivers, because libvirt takes only the one that it is told of.
 */
function chooseOne({ devices, chosen }: Offer): { readonly device: NodeDevice | undefined; readonly leftOut: readonly LeftOut[] } {
  const { device } = chosen;
  const group = `shares IOMMU group ${device.iommuGroup}`;
  const others = devices
    .filter((each) => each !== device)
    .map((each) => withoutPlace(each, `${group} with ${formatPciAddress(device.address)}, and Nova can give only one of a group`));
  const bound = missingCompanions(chosen, [device.address]);
  if (bound.length === 0) return { device, leftOut: others };
  const why = `${group} with ${bound.map(formatCompanion).join(', ')}; Nova gives functions one by one, and this one can go only when no host driver has the others`;
  const hint = `take the group to VFIO, and keep it there: hostdev prepare ${formatPciAddress(device.address)} --group --persist`;
  return { device: undefined, leftOut: [{ ...withoutPlace(device, why), hint }, ...others] };
}

/** Ports of one network would get what is on another one. */
function onOneNetwork({ device, leftOut }: ReturnType<typeof chooseOne>, networkOf: NetworkOf): ReturnType<typeof chooseOne> & { readonly network?: string } {
  const said = device === undefined ? {} : networkOf(device);
  if (device === undefined || !('unclear' in said)) return { device, leftOut, ...said };
  const hint = "say it here with --physical-network, or on each of those hosts: 'hostdev fleet join STORE --physical-network …'";
  return { device: undefined, leftOut: [{ ...withoutPlace(device, `is ${said.unclear}`), hint }, ...leftOut] };
}

function withoutPlace({ address }: NodeDevice, why: string): LeftOut {
  return { address: formatPciAddress(address), code: 'offer-impossible', why, hint: undefined };
}

/** With both ids beside the address, the address of a physical function does not mean its virtual ones as well, and another card at that address is none of them. */
function specOf(device: NodeDevice, network: string | undefined): DeviceSpec {
  return {
    ...idsOf(device),
    address: formatPciAddress(device.address),
    ...(network === undefined ? {} : { physical_network: network }),
    // libvirt would take it to vfio-pci.
    ...(hasVariantDriver(device) ? { managed: 'no' } : {}),
    ...(isMigratable(device) ? { live_migratable: 'yes' } : {}),
  };
}

function idsOf({ vendor, device }: NodeDevice): Pick<DeviceSpec, 'vendor_id' | 'product_id'> {
  return { vendor_id: id(vendor), product_id: id(device) };
}

function id(value: number): string {
  return value.toString(16).padStart(4, '0');
}

/** One for each kind, since Nova takes one spec an alias where it keeps functions in Placement. What is on a network is asked for by ports of Neutron. */
function aliasesOf(devices: readonly NovaDevice[]): Alias[] {
  const aliases = devices.filter(({ spec }) => spec.physical_network === undefined).map(({ device }) => aliasOf(device));
  return [...new Map(aliases.map((alias) => [alias.name, alias])).values()];
}

/** Names of aliases stand in flavors as NAME:COUNT, with commas between. */
function aliasOf(device: NodeDevice): Alias {
  const type = deviceType(device);
  const migratable = isMigratable(device);
  const words = [
    classWord(device.pciClass),
    id(device.vendor),
    id(device.device),
    ...(type === 'type-PCI' ? [] : [type === 'type-PF' ? 'pf' : 'vf']),
    ...(migratable ? ['migratable'] : []),
  ];
  return { name: words.join('-'), ...idsOf(device), device_type: type, ...(migratable ? { live_migratable: 'yes' } : {}) };
}

/** As libvirt tells Nova: whatever can have virtual functions is a physical one, whether it has any or not. */
function deviceType({ physicalFunction, sriov }: NodeDevice): Alias['device_type'] {
  if (physicalFunction !== undefined) return 'type-VF';
  return (sriov?.totalVfs ?? 0) > 0 ? 'type-PF' : 'type-PCI';
}
