import { describe, expect, it } from 'vitest';
import { pciAddress } from '../pci/address.ts';
import { readDomain } from './domain.ts';
import { formatHostdev, type HostdevSpec } from './hostdev-xml.ts';
import { readHostdevs } from './hostdev.ts';
import { saysAllOf } from './says-all-of.ts';

const SOURCE = pciAddress(2, 0, 0, 0);
const has = (there: HostdevSpec, asked: HostdevSpec): boolean => {
  const [hostdev] = readHostdevs(readDomain(`<domain type='kvm'><devices>${formatHostdev(there).join('\n')}</devices></domain>`));
  return hostdev !== undefined && saysAllOf(hostdev, asked);
};
const at = pciAddress(0, 0, 5, 0);

describe('a device that a guest has', () => {
  it.each<[string, Partial<HostdevSpec>, Partial<HostdevSpec>]>([
    ['nothing but the function', { zpci: { uid: 5, fid: 6 }, guestAddress: at, bootOrder: 1 }, {}],
    ['its ids', { zpci: { uid: 5, fid: 6 }, guestAddress: at }, { zpci: { uid: 5 } }],
    ['its place', { guestAddress: at }, { guestAddress: at }],
    ['its boot order', { bootOrder: 1 }, { bootOrder: 1 }],
    ['what manages it', { managed: false }, { managed: false }],
    ['over iommufd', { iommufd: true }, { iommufd: true }],
    ['over iommufd, which nobody asked for', { iommufd: true }, {}],
    ['an interface with its address', { interface: { mac: '52:54:00:aa:bb:cc', vlan: 5 } }, { interface: { mac: '52:54:00:AA:BB:CC', vlan: 5 } }],
    ['no VLAN, which is asked for as 0', { interface: {} }, { interface: { vlan: 0 } }],
  ])('is what was asked for where that is %s', (_, there, asked) => {
    expect(has({ source: SOURCE, ...there }, { source: SOURCE, ...asked })).toBe(true);
  });

  it.each<[string, Partial<HostdevSpec>, Partial<HostdevSpec>]>([
    ['another function', {}, { source: pciAddress(2, 0, 0, 1) }],
    ['over a VFIO container', {}, { iommufd: true }],
    ['another uid', { zpci: { uid: 5, fid: 6 }, guestAddress: at }, { zpci: { uid: 6 } }],
    ['ids, and it has none', {}, { zpci: { fid: 0 } }],
    ['another place', { guestAddress: at }, { guestAddress: pciAddress(0, 0, 6, 0) }],
    ['a boot order, and it has none', {}, { bootOrder: 1 }],
    ['that libvirt manages it', { managed: false }, {}],
    ['an interface, and it is none', {}, { interface: {} }],
    ['another VLAN', { interface: { vlan: 5 } }, { interface: { vlan: 6 } }],
    ['a ROM', {}, { rom: 'off' }],
  ])('is another one where that is %s', (_, there, asked) => {
    expect(has({ source: SOURCE, ...there }, { source: SOURCE, ...asked })).toBe(false);
  });

  it('is another one where it has several VLANs, and one of them is asked for', () => {
    const vlan = (inside: string): boolean => {
      const source = `<source><address type='pci' domain='0x2' bus='0' slot='0' function='0'/></source>`;
      const xml = `<domain><devices><interface type='hostdev' managed='yes'>${source}${inside}</interface></devices></domain>`;
      const [hostdev] = readHostdevs(readDomain(xml));
      return hostdev !== undefined && saysAllOf(hostdev, { source: SOURCE, interface: { vlan: 5 } });
    };
    expect(vlan("<vlan><tag id='5'/></vlan>")).toBe(true);
    expect(vlan("<vlan trunk='yes'><tag id='5'/><tag id='6'/></vlan>")).toBe(false);
  });
});
