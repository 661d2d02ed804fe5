/** What lies on the machine of somebody who uses libvirt: all of it says something else than a test would expect. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A schema that no definition matches. */
const SCHEMA = "<grammar xmlns='http://relaxng.org/ns/structure/1.0'><start><element name='nothing'><empty/></element></start></grammar>\n";

/** A QEMU that has no PCI, and so refuses every function. */
const CAPABILITIES = '<qemuCaps><arch>s390x</arch></qemuCaps>\n';

/** The functions that definitions of tests speak of: here they are disks that a host driver has. */
const FUNCTIONS = ['0000:02:00.0', '0002:00:00.0', '0003:00:00.0', '0007:00:00.0', 'fff0:1f:1f.7', 'ffff:fe:1f.7'];

/** Below the root of the machine. */
const OF_THE_MACHINE: Readonly<Record<string, string>> = {
  'usr/share/libvirt/schemas/domain.rng': SCHEMA,
  'usr/local/share/libvirt/schemas/domain.rng': SCHEMA,
  'usr/share/misc/pci.ids': '1b36  Strange\n\t0010  Strange device\n',
  'usr/sbin/virtqemud': '',
  'var/cache/libvirt/qemu/capabilities/strange.xml': CAPABILITIES,
  'var/lib/hostdev/journal': 'this is no journal\n',
  'etc/libvirt/libvirt.conf': 'uri_default = "xen:///etc"\n',
  'etc/libvirt/auth.conf': authentication('etc'),
  'etc/driverctl.d/0000:02:00.0': 'vfio-pci\n',
  'etc/udev/rules.d/10-hostdev-0000-02-00-0.rules': 'not ours any more\n',
};

/** Below the home of its user. */
const OF_THE_USER: Readonly<Record<string, string>> = {
  '.config/libvirt/libvirt.conf': 'uri_default = "xen:///home"\n',
  '.config/libvirt/auth.conf': authentication('home'),
  '.cache/libvirt/qemu/cache/capabilities/strange.xml': CAPABILITIES,
  '.pki/libvirt/clientcert.pem': 'no certificate\n',
  // The one thing that is for the tests: none of those that run there reads libvirt's test data, so it need not be fetched.
  '.cache/hostdev/libvirt-11.3.0/.complete': '',
};

/** Where libvirt's daemons listen, below the root of the machine. */
export const SOCKETS = ['run/libvirt/libvirt-sock', 'run/libvirt/virtqemud-sock'];

/** Lays out both trees. */
export function layFiles(root: string, home: string): void {
  for (const [name, text] of Object.entries(OF_THE_MACHINE)) lay(join(root, name), text);
  for (const [name, text] of Object.entries(OF_THE_USER)) lay(join(home, name), text);
  for (const name of SOCKETS) lay(join(root, name), '');
  for (const address of FUNCTIONS) {
    const at = join(root, 'sys/bus/pci/devices', address);
    for (const [name, text] of Object.entries({ vendor: '0x1b36', device: '0x0010', class: '0x010802', driver_override: '(null)' }))
      lay(join(at, name), `${text}\n`);
    symlinkSync('../../drivers/nvme', join(at, 'driver'));
    symlinkSync('../../../../kernel/iommu_groups/1', join(at, 'iommu_group'));
  }
  lay(join(root, 'sys/bus/pci/drivers/nvme/unbind'), '');
}

function lay(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function authentication(word: string): string {
  return `[credentials-strange]\nusername=${word}\npassword=${word}\n[auth-libvirt-default]\ncredentials=strange\n`;
}
