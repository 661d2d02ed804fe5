/** Whatever of the library predicts does so for the libvirt that it is asked for. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as library from '../src/index.ts';
import type { PlaceOptions } from '../src/index.ts';

const HOSTDEV = "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev>";
const SOURCE = library.parsePciAddress('0000:01:00.0');
/** A guest in which a SCSI controller without model comes before the function: conventional by default up to 11.5, virtio from 11.6 on. */
const GUEST = `<domain type='qemu'><os><type arch='aarch64' machine='virt'>hvm</type></os><devices>
  <controller type='scsi' index='0'/>${HOSTDEV}<memballoon model='none'/>
</devices></domain>`;
/** A guest that runs, with a slot on a bus that 11.3's default controller is on as well. */
const RUNNING = `<domain type='qemu'><os><type arch='aarch64' machine='virt'>hvm</type></os><devices>
  <controller type='pci' index='0' model='pcie-root'/>
  <controller type='pci' index='1' model='pcie-root-port'><address type='pci' bus='0' slot='1' function='0'/></controller>
  <iommu model='amd'/><controller type='usb' model='none'/><memballoon model='none'/>
</devices></domain>`;

/** What each says of the same thing. */
const PREDICTIONS = {
  expandDomain: (options) => library.expandDomain(GUEST, options),
  validateDomain: (options) => library.validateDomain(GUEST.replace('<devices>', "<devices><iommu model='virtio'/><iommu model='virtio'/>"), options),
  compareAddition: (options) => library.compareAddition(GUEST.replace(HOSTDEV, ''), GUEST, options).placeOf(SOURCE),
  qemuDevices: (options) => library.qemuDevices(GUEST, options),
  guestTopology: (options) => library.guestTopology(GUEST, options),
  assignHotplug: (options) => library.assignHotplug(RUNNING, HOSTDEV, options),
  compareLibvirts: (options) => library.compareLibvirts(GUEST, options.libvirt ?? '', '12.8'),
} satisfies Readonly<Record<string, (options: PlaceOptions) => unknown>>;

it('all of them are looked at here', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join('src', name), 'utf8'));
  const predicting = sources.flatMap((text) => [...text.matchAll(/export function (\w+)\([^)]*: PlaceOptions/g)].map(([, name = '']) => name));
  expect(Object.keys(PREDICTIONS).toSorted()).toEqual(predicting.filter((name) => Object.hasOwn(library, name)).toSorted());
});

describe.each(Object.entries(PREDICTIONS))('%s', (_, predict: (options: PlaceOptions) => unknown) => {
  it('refuses what is no version', () => {
    expect(() => predict({ libvirt: 'newest' })).toThrow(expect.objectContaining({ code: 'version-malformed' }) as Error);
  });

  it('takes a version in each form, and answers the same', () => {
    for (const libvirt of ['11.3', '11.3.0', 'v11.3', '11.3.0-3+deb13u3', ' 11.3.0 ']) expect(predict({ libvirt })).toEqual(predict({ libvirt: '11.3' }));
  });
});

it.each(['expandDomain', 'validateDomain', 'compareAddition', 'qemuDevices', 'guestTopology', 'compareLibvirts'] as const)(
  '%s says something else for 12.8 than for 11.3',
  (name) => {
    const [old, young] = ['11.3', '12.8'].map((libvirt) => JSON.stringify(PREDICTIONS[name]({ libvirt })).replaceAll(/"versions":\{[^}]*\}/g, ''));
    expect(young).not.toBe(old);
  },
);

it.each(['expandDomain', 'qemuDevices', 'guestTopology'] as const)('%s names the versions, and that they are the newest where nobody said', (name) => {
  expect(PREDICTIONS[name]({ libvirt: '9.0' })).toMatchObject({ versions: { libvirt: '9.0.0', qemu: '7.2', said: true } });
  expect(PREDICTIONS[name]({})).toMatchObject({ versions: { libvirt: `${library.KNOWN_LIBVIRTS.at(-1)?.version}.0`, said: false } });
});
