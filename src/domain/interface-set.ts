/** What an `<interface type='hostdev'>` has libvirt set, as it would be asked for. */
import type { InterfaceSpec } from './hostdev-xml.ts';
import type { Hostdev } from './hostdev.ts';

/** Undefined for what is no interface. Several VLANs, and a port of another kind, cannot be asked for: {@link isUnsaid}. */
export function interfaceSet({ form, mac, vlan, virtualport }: Hostdev): InterfaceSpec | undefined {
  if (form !== 'interface') return undefined;
  const tag = isOneVlan(vlan) ? vlan?.tags[0] : undefined;
  return {
    ...(mac === undefined ? {} : { mac }),
    ...(tag === undefined ? {} : { vlan: tag }),
    ...(virtualport === undefined || !isKnownPort(virtualport) ? {} : { virtualport }),
  };
}

/** Whether an interface has something set that cannot be asked for. */
export function isUnsaid({ form, vlan, virtualport }: Hostdev): boolean {
  return form === 'interface' && (!isOneVlan(vlan) || (virtualport !== undefined && !isKnownPort(virtualport)));
}

/** Whether an interface has one VLAN, and no more: 0 is none. */
export function hasVlan({ vlan }: Pick<Hostdev, 'vlan'>, tag: number): boolean {
  return isOneVlan(vlan) && (vlan?.tags[0] ?? 0) === tag;
}

function isOneVlan(vlan: Hostdev['vlan']): boolean {
  return vlan === undefined || (!vlan.trunk && vlan.tags.length === 1);
}

function isKnownPort({ type, parameters }: NonNullable<Hostdev['virtualport']>): boolean {
  return type === '802.1Qbh' && Object.keys(parameters).join() === 'profileid';
}
