import { describe, expect, it } from 'vitest';
import { type Tree, treePort } from '../testing/tree-port.ts';
import { checkReadiness } from './readiness.ts';

const at = '/sys/bus/pci/devices/0000:01:00.0';
const FUNCTION: Tree = { [`${at}/vendor`]: '0x8086', [`${at}/device`]: '0x1234', [`${at}/class`]: '0x020000' };
const INTEL: Tree = { ...FUNCTION, '/proc/cpuinfo': 'vendor_id : GenuineIntel\n', '/proc/cmdline': 'quiet\n', '/sys/firmware/acpi/tables/FACP': '' };
const Z: Tree = { '/proc/cpuinfo': 'vendor_id : IBM/S390\n', '/sys/bus/pci/devices/0002:00:00.0/uid_is_unique': '1' };

const look = async (tree: Tree, what: string, isRoot = true) => {
  const all = await checkReadiness({ port: treePort(tree), isRoot, readPciIds: async () => undefined });
  return all.find((each) => each.what === what);
};

describe('what is missing is said with what to do here', () => {
  it.each<[string, Tree, string, string, RegExp]>([
    ['an IOMMU that the firmware does not offer', INTEL, 'IOMMU in the firmware', 'missing', /switch VT-d on in the firmware/],
    ['groups on Debian', { ...INTEL, '/etc/debian_version': '13.1' }, 'IOMMU groups', 'missing', /'intel_iommu=on' to GRUB_CMDLINE_LINUX .* update-grub/],
    [
      'groups with systemd-boot',
      { ...INTEL, '/etc/kernel/cmdline': 'quiet' },
      'IOMMU groups',
      'missing',
      /\/etc\/kernel\/cmdline, run 'kernel-install add-all'/,
    ],
    ['groups on Proxmox', { ...INTEL, '/etc/kernel/cmdline': 'quiet', '/etc/pve/x': '' }, 'IOMMU groups', 'missing', /proxmox-boot-tool refresh/],
    [
      'groups on Fedora',
      { ...INTEL, '/etc/grub.d/x': '', '/boot/loader/entries/x': '' },
      'IOMMU groups',
      'missing',
      /grubby --update-kernel=ALL --args=intel_iommu=on/,
    ],
    ['groups on AMD', { ...INTEL, '/proc/cpuinfo': 'vendor_id : AuthenticAMD' }, 'IOMMU groups', 'missing', /AMD-Vi .* 'amd_iommu=on'/],
    [
      'groups that an option switches off',
      { ...INTEL, '/proc/cmdline': 'quiet intel_iommu=off' },
      'IOMMU groups',
      'missing',
      /'intel_iommu=off' .* take that away/,
    ],
    [
      'groups although the option is there',
      { ...INTEL, '/proc/cmdline': 'intel_iommu=on' },
      'IOMMU groups',
      'missing',
      /^switch VT-d on in the firmware's setup$/,
    ],
    [
      'interrupts that vfio does without',
      { ...INTEL, '/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts': 'Y' },
      'interrupt remapping',
      'missing',
      /remove allow_unsafe_interrupts/,
    ],
    [
      'a kernel without VFIO',
      { ...INTEL, '/proc/sys/kernel/osrelease': '6.1.0', '/lib/modules/6.1.0/modules.dep': 'kernel/fs/ext4/ext4.ko:' },
      'vfio-pci',
      'missing',
      /CONFIG_VFIO_PCI/,
    ],
    ['uids that are not unique', { ...Z, '/sys/bus/pci/devices/0002:00:00.0/uid_is_unique': '0' }, 'zPCI uids', 'missing', /HMC/],
    [
      'a user whose locked memory is limited',
      { ...INTEL, '/proc/self/limits': 'Limit  Soft Limit  Hard Limit  Units\nMax locked memory   8388608   8388608   bytes\n' },
      'locked memory',
      'unknown',
      /ulimit -l/,
    ],
  ])('%s', async (_, tree, what, state, hint) => {
    const found = await look(tree, what, false);
    expect(found?.state).toBe(state);
    expect(found?.hint).toMatch(hint);
  });
});

describe('a machine that is itself a guest', () => {
  const FLAG = 'flags : fpu hypervisor lahf_lm\n';
  const dmi = (vendor: string, product: string): Tree => ({ '/sys/class/dmi/id/sys_vendor': vendor, '/sys/class/dmi/id/product_name': product });
  const AMD: Tree = { ...INTEL, '/proc/cpuinfo': `vendor_id : AuthenticAMD\n${FLAG}` };

  it.each<[string, Tree, RegExp, RegExp]>([
    [
      'of KVM',
      { ...AMD, ...dmi('QEMU', 'Standard PC (Q35 + ICH9, 2009)') },
      /KVM \(DMI: QEMU Standard PC .*; the processor's flag hypervisor\)/,
      /<iommu model='intel'>/,
    ],
    ['of OpenStack', { ...AMD, ...dmi('OpenStack Foundation', 'OpenStack Nova') }, /KVM/, /<iommu model='intel'>/],
    ['of VMware', { ...AMD, ...dmi('VMware, Inc.', 'VMware20,1') }, /VMware/, /Expose IOMMU/],
    ['of VirtualBox', { ...AMD, ...dmi('innotek GmbH', 'VirtualBox') }, /VirtualBox/, /--iommu automatic/],
    ['of Hyper-V', { ...AMD, ...dmi('Microsoft Corporation', 'Virtual Machine') }, /Hyper-V/, /no IOMMU/],
    ['of a cloud', { ...AMD, ...dmi('Amazon EC2', 'm7i.large') }, /Amazon EC2/, /bare-metal/],
    ['of Xen', { ...AMD, '/sys/hypervisor/type': 'xen' }, /Xen \(\/sys\/hypervisor\/type: xen/, /no IOMMU/],
    ['that only its processor gives away', AMD, /a virtual machine \(the processor's flag hypervisor\)/, /whoever runs the machine below/],
    [
      'on Arm',
      {
        ...FUNCTION,
        '/proc/cpuinfo': 'CPU implementer : 0x41\n',
        '/proc/device-tree/hypervisor/compatible': 'linux,kvm\0',
        '/sys/firmware/acpi/tables/FACP': '',
      },
      /KVM \(device tree: linux,kvm\)/,
      /smmuv3/,
    ],
  ])('%s is told by what says so, and sent to the machine below, not to its firmware', async (_, tree, found, hint) => {
    expect(await look(tree, 'this machine')).toMatchObject({ state: 'ok', found: expect.stringMatching(found) as unknown });
    for (const what of ['IOMMU in the firmware', 'IOMMU groups']) {
      const answer = await look(tree, what);
      expect(answer?.state).toBe('missing');
      expect(answer?.hint).toMatch(hint);
      expect(answer?.hint).not.toMatch(/firmware's setup|AMD-Vi|VT-d/);
    }
  });

  it('with a virtual IOMMU of Intel on a processor of AMD lacks the option of that IOMMU', async () => {
    const tree = { ...AMD, ...dmi('QEMU', 'Standard PC (Q35 + ICH9, 2009)'), '/sys/firmware/acpi/tables/DMAR': '' };
    expect(await look(tree, 'IOMMU in the firmware')).toMatchObject({ state: 'ok', found: expect.stringMatching(/DMAR/) as unknown });
    expect((await look(tree, 'IOMMU groups'))?.hint).toMatch(/intel_iommu=on/);
    expect((await look(tree, 'IOMMU groups'))?.hint).not.toMatch(/firmware/);
  });

  it.each<[string, Tree]>([
    ['a real machine', { ...INTEL, ...dmi('Dell Inc.', 'PowerEdge R750') }],
    ['a bare-metal machine of a cloud', { ...INTEL, '/proc/cpuinfo': 'vendor_id : GenuineIntel\nflags : fpu vmx\n', ...dmi('Amazon EC2', 'm7i.metal-24xl') }],
    [
      'a notebook of a maker of hypervisors',
      { ...INTEL, '/proc/cpuinfo': 'vendor_id : GenuineIntel\nflags : fpu\n', ...dmi('Microsoft Corporation', 'Surface Pro') },
    ],
    [
      'the first domain of Xen',
      { ...INTEL, '/proc/cpuinfo': `vendor_id : GenuineIntel\n${FLAG}`, '/sys/hypervisor/type': 'xen', '/proc/xen/capabilities': 'control_d\n' },
    ],
  ])('is not %s', async (_, tree) => {
    expect(await look(tree, 'this machine')).toBeUndefined();
    expect((await look(tree, 'IOMMU in the firmware'))?.hint).toMatch(/firmware's setup/);
  });
});

describe('what is there is said to be', () => {
  it.each<[string, Tree, string, RegExp]>([
    ['an IOMMU by its units', { ...INTEL, '/sys/class/iommu/dmar0': '→ x' }, 'IOMMU in the firmware', /^dmar0$/],
    ['an IOMMU by its table', { ...INTEL, '/sys/firmware/acpi/tables/DMAR': '' }, 'IOMMU in the firmware', /DMAR/],
    ['groups', { ...INTEL, '/sys/kernel/iommu_groups/0/x': '', '/sys/kernel/iommu_groups/1/x': '' }, 'IOMMU groups', /^2 groups$/],
    [
      'vfio-pci as a module that waits',
      { ...INTEL, '/proc/sys/kernel/osrelease': '6.1.0', '/lib/modules/6.1.0/modules.dep': 'kernel/drivers/vfio/pci/vfio-pci.ko.xz: x\n' },
      'vfio-pci',
      /a module/,
    ],
    ['vfio-pci that is built in', { ...INTEL, '/sys/bus/pci/drivers/vfio-pci/bind': '' }, 'vfio-pci', /built in/],
    ['SELinux', { ...INTEL, '/sys/fs/selinux/enforce': '1' }, 'SELinux', /enforcing/],
    ['AppArmor', { ...INTEL, '/sys/module/apparmor/parameters/enabled': 'Y' }, 'AppArmor', /enabled/],
    ['zPCI slots', { ...Z, '/sys/bus/pci/slots/00000012/power': '1', '/sys/bus/pci/slots/00000013/power': '0' }, 'zPCI slots', /1 configured, 1 on standby/],
  ])('%s', async (_, tree, what, found) => {
    expect(await look(tree, what)).toMatchObject({ state: 'ok', found: expect.stringMatching(found) as unknown });
  });
});
