import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validateDomain } from 'hostdev';
import { wordTable } from '../src/word-table.ts';

/** A table by words of any kind that is an object with all that objects have. */
const WITH_PROTOTYPE = /^(?:export )?const [A-Z_0-9]+: (?:Readonly<Record<string,|\{ readonly \[\w+: string\])/;

describe('tables that are asked with words of others', () => {
  it('have what is written in them, and nothing that every object has', () => {
    const table = wordTable({ kvm: 1 });
    expect([table['kvm'], table['constructor'], table['toString'], table['__proto__']]).toEqual([1, undefined, undefined, undefined]);
  });

  it('are made that way wherever there is one', async () => {
    const root = new URL('../src/', import.meta.url).pathname;
    const names = (await readdir(root, { recursive: true })).filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.test.ts'));
    const found: string[] = [];
    for (const name of names) {
      for (const line of (await readFile(join(root, name), 'utf8')).split('\n')) if (WITH_PROTOTYPE.test(line)) found.push(`${name}: ${line}`);
    }
    expect(names.length).toBeGreaterThan(200);
    expect(found).toEqual([]);
  });
});

const GUEST = `<domain type='kvm'>
  <name>guest</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features><cpu mode='custom' match='exact'><model>qemu64</model></cpu><clock offset='utc'><timer name='rtc'/></clock>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='pci' index='0' model='pci-root'/><controller type='pci' index='1' model='pci-bridge'><model name='pci-bridge'/></controller>
    <controller type='usb' index='0' model='piix3-uhci'/><controller type='scsi' index='0' model='virtio-scsi'/>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/nowhere'/><target dev='sda' bus='scsi'/></disk>
    <interface type='user'><model type='e1000'/></interface><input type='tablet' bus='usb'/><graphics type='vnc'/><sound model='ich6'/>
    <audio id='1' type='none'/><video><model type='vga'/></video><watchdog model='i6300esb' action='reset'/><memballoon model='virtio'/>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng><panic model='isa'/><tpm model='tpm-tis'><backend type='emulator'/></tpm>
    <hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source></hostdev>
    <memory model='virtio-pmem'><source><path>/nowhere</path></source><target><size unit='MiB'>64</size></target></memory>
    <filesystem type='mount'><source dir='/nowhere'/><target dir='x'/></filesystem><vsock model='virtio'/><iommu model='intel'/>
    <serial type='pty'><target type='isa-serial' port='0'/></serial><channel type='unix'><target type='virtio' name='a'/></channel>
  </devices>
</domain>
`;

/** The places of every value of an attribute. */
const VALUES = [...GUEST.matchAll(/(?<=[\w]=')[^']*(?=')/g)].map(({ 0: text, index }) => ({ text, index }));

describe.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s instead of what a definition says', (word) => {
  it.each(VALUES)('at $index ($text) is told or taken, like any other word', ({ text, index }) => {
    const xml = GUEST.slice(0, index) + word + GUEST.slice(index + text.length);
    for (const { code, message } of validateDomain(xml)) expect(`${code} ${message}`).not.toMatch(/internal|undefined|\[native code\]|\[object/);
  });
});
