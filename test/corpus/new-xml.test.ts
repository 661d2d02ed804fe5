/** What newer libvirts know of XML, held against a real schema. */
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { NEW_XML, type NewXml } from '../../src/addressing/libvirt/new-xml.ts';
import { formatVersion, parseVersion } from '../../src/addressing/libvirt/version.ts';
import { checkSchema } from '../../src/app/schema.ts';
import { describeUnless } from '../skip.ts';

const PCI = "<source><address domain='0' bus='1' slot='0' function='0'/></source>";
const hostdev = (more: string): string => `<hostdev mode='subsystem' type='pci'>${more}${PCI}</hostdev>`;
const nic = (more: string): string =>
  `<interface type='hostdev'>${more}<source><address type='pci' domain='0' bus='1' slot='0' function='0'/></source></interface>`;
const memory = (model: string, target: string): string =>
  `<memory model='${model}'><target ${target}><size unit='KiB'>524288</size><node>0</node></target></memory>`;

/** One definition of each row, right for a libvirt that knows it. */
const SAMPLES: Readonly<Record<string, { readonly devices?: string; readonly beside?: string; readonly os?: string }>> = {
  'devices/memory/@model=sgx-epc': { devices: "<memory model='sgx-epc'><target><size unit='KiB'>16384</size></target></memory>" },
  'devices/crypto': { devices: "<crypto model='virtio' type='qemu'><backend model='builtin' queues='1'/></crypto>" },
  'devices/panic/@model=pvpanic': { devices: "<panic model='pvpanic'/>" },
  'devices/watchdog/@model=itco': { devices: "<watchdog model='itco'/>" },
  'devices/hostdev/driver/@model': { devices: hostdev("<driver model='mlx5_vfio_pci'/>") },
  'devices/interface/driver/@model': { devices: nic("<driver model='mlx5_vfio_pci'/>") },
  'devices/memory/target/@dynamicMemslots': {
    devices: memory('virtio-mem', "dynamicMemslots='yes'").replace('</node>', "</node><block unit='KiB'>2048</block><requested unit='KiB'>0</requested>"),
  },
  'devices/filesystem/driver/@type=mtp': { devices: "<filesystem type='mount'><driver type='mtp'/><source dir='/a'/><target dir='a'/></filesystem>" },
  'devices/controller/target/@memReserve': { devices: "<controller type='pci' index='1' model='pcie-root-port'><target memReserve='8192'/></controller>" },
  'devices/sound/@model=virtio': { devices: "<sound model='virtio'/>" },
  'features/ras': { beside: "<features><ras state='on'/></features>" },
  'devices/pstore': { devices: "<pstore backend='acpi-erst'><path>/a</path><size unit='KiB'>8</size></pstore>" },
  'features/ps2': { beside: "<features><ps2 state='off'/></features>" },
  'os/shim': { os: '<shim>/a</shim>' },
  'devices/controller/@type=nvme': { devices: "<controller type='nvme' index='0'/>" },
  'devices/disk/target/@bus=nvme': {
    devices: "<disk type='file' device='disk'><source file='/a'/><target dev='nvme0n1' bus='nvme'/><serial>a</serial></disk>",
  },
  'devices/iommu/@model=amd': { devices: "<iommu model='amd'/>" },
  'devices/iommu/driver/@xtsup': { devices: "<iommu model='intel'><driver xtsup='on'/></iommu>" },
  'devices/iommu/driver/@passthrough': { devices: "<iommu model='intel'><driver passthrough='on'/></iommu>" },
  'devices/*/acpi/@nodeset': { devices: hostdev('').replace('</source>', "</source><acpi nodeset='0'/>") },
  'devices/iommu/driver/@pciBus': { devices: "<iommu model='smmuv3'><driver pciBus='1'/></iommu>" },
  'devices/hostdev/driver/@iommufd': { devices: hostdev("<driver iommufd='yes'/>") },
  'devices/interface/driver/@iommufd': { devices: nic("<driver iommufd='yes'/>") },
  'devices/iommu/driver/granule': { devices: "<iommu model='virtio'><driver><granule mode='host'/></driver></iommu>" },
  'os/varstore': { os: "<varstore path='/a'/>" },
  iommufd: { beside: "<iommufd enabled='yes'/>" },
};

function definition({ path }: NewXml): string {
  const { devices = '', beside = '', os = '' } = SAMPLES[path] ?? {};
  return `<domain type='qemu'>\n<name>a</name><memory>1</memory>${beside}<os><type>hvm</type>${os}</os>\n<devices>${devices}</devices>\n</domain>`;
}

it('every row has a definition to be tried with', () => {
  expect(Object.keys(SAMPLES).toSorted()).toEqual(NEW_XML.map(({ path }) => path).toSorted());
});

/** Schemas come with the test data of the libvirt that they are of. */
for (const [version, { root, reason }] of Object.entries(inject('corpora')))
  describeUnless(reason, `libvirt ${version}'s schema`, () => {
    const schema = formatVersion(parseVersion(version));
    const check = (text: string, libvirt: string): ReturnType<typeof checkSchema> =>
      checkSchema(text, 'a.xml', { directories: [join(root, 'src/conf/schemas')], version: schema, libvirt: parseVersion(libvirt) });
    const isNew = ({ since }: NewXml): boolean => since > parseVersion(version);

    it.each(NEW_XML.filter((xml) => !isNew(xml)))('takes $path', async (xml) => {
      expect(await check(definition(xml), version)).toEqual([]);
    });

    it.each(NEW_XML.filter(isNew))('does not take $path, and it is said since when libvirt does', async (xml) => {
      const known = formatVersion(xml.since);
      expect(await check(definition(xml), version)).toEqual([
        expect.objectContaining({
          code: 'schema-invalid',
          severity: 'error',
          message: expect.stringContaining(`does not match the schema of libvirt ${schema}: libvirt knows it since ${known}`) as string,
          hint: `leave it out, or use libvirt ${known} or later`,
        }),
      ]);
    });

    it.each(NEW_XML.filter(isNew))('does not take $path, which is no error for a libvirt that does', async (xml) => {
      expect(await check(definition(xml), formatVersion(xml.since))).toEqual([
        expect.objectContaining({
          severity: 'warning',
          message: expect.stringContaining(`the definition is for libvirt ${formatVersion(xml.since)}, which does`) as string,
        }),
      ]);
    });

    it('is said to be older where something else is wrong, and what is newer does not hide it', async () => {
      const newer = definition(NEW_XML.find(({ path }) => path === 'devices/hostdev/driver/@iommufd') as NewXml);
      const found = await check(newer.replace('<devices>', '<devices><toaster/>').replace("type='pci'>", "type='pci' colour='red'>"), '12.8');
      expect(found.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
        expect.stringMatching(/^error: this <toaster> does not match the schema of libvirt (?:11\.3|9\.0)\.0$/),
        expect.stringMatching(/^warning: iommufd='yes' of <driver> .* since 12\.1\.0; /),
        expect.stringMatching(/^error: colour='red' of <hostdev> does not match/),
      ]);
      expect(found[0]?.hint).toMatch(/; or for what is newer than the schema: the definition is for libvirt 12\.8\.0$/);
    });
  });
