/**
 * Whether the machine is itself a guest, by its own word: DMI, the flag that processors have in guests, /sys/hypervisor, the device tree.
 * Sources: the kernel's ABI documents sysfs-class-dmi-id and sysfs-hypervisor-xen; the processor manuals' CPUID 1, ECX bit 31.
 */
import type { ReadinessFacts } from './facts.ts';

export interface VirtualMachine {
  /** Whose guest it is, as people call it; undefined where only that it is one is known. */
  readonly hypervisor: string | undefined;
  readonly evidence: readonly string[];
  /** What gives a guest of it an IOMMU. */
  readonly hint: string;
}

interface Hypervisor {
  readonly name: string;
  readonly isIt: RegExp;
  readonly hint: string;
}

const QEMU_HINT =
  "in the machine below give this guest a virtual IOMMU: for libvirt <iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu> and <ioapic driver='qemu'/> on q35, whatever the processor (<iommu model='smmuv3'/> or 'virtio' on Arm)";
const CLOUD_HINT = 'virtual machines of this cloud have no IOMMU; take a bare-metal one';

/** The first that fits: clouds run on hypervisors that show through. */
const HYPERVISORS: readonly Hypervisor[] = [
  { name: 'Amazon EC2', isIt: /amazon ec2/i, hint: CLOUD_HINT },
  { name: 'Google Compute Engine', isIt: /google/i, hint: CLOUD_HINT },
  {
    name: 'VMware',
    isIt: /vmware/i,
    hint: "in the machine below switch 'Expose IOMMU to the guest OS' on for this guest (vvtd.enable = TRUE), and hardware virtualization",
  },
  {
    name: 'VirtualBox',
    isIt: /virtualbox|innotek/i,
    hint: "in the machine below: 'VBoxManage modifyvm NAME --iommu automatic' and '--nested-hw-virt on' (VirtualBox 7.0 or newer)",
  },
  { name: 'Hyper-V', isIt: /microsoft.*virtual machine/i, hint: 'Hyper-V gives its guests no IOMMU; take a machine that is none of its guests' },
  { name: 'Xen', isIt: /\bxen\b/i, hint: 'Xen gives its guests no IOMMU; take a machine that is none of its guests' },
  { name: 'KVM', isIt: /qemu|\bkvm\b|red hat|openstack|bochs|proxmox/i, hint: QEMU_HINT },
];

const ANY_HINT =
  'ask whoever runs the machine below for a virtual IOMMU and nested virtualization; where there is none, no function of this machine can be given on';

/** Undefined where nothing says that it is a guest: then it is taken for a real machine. */
export function virtualMachine({ cpuinfo, dmi, hypervisorType, hasXenControl, deviceTreeHypervisor }: ReadinessFacts): VirtualMachine | undefined {
  // The first domain of Xen runs the machine: its firmware is the real one.
  if (hasXenControl) return undefined;
  const isFlagged = /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo);
  const product = [dmi.vendor, dmi.product].filter((each) => each !== undefined && each !== '').join(' ');
  const byProduct = HYPERVISORS.find(({ isIt }) => isIt.test(product));
  // Bare-metal machines of a cloud say whose they are, too; processors in guests have the flag.
  const isProduct = byProduct !== undefined && (isFlagged || !/^flags\s*:/m.test(cpuinfo));
  const evidence = [
    ...(isProduct ? [`DMI: ${product}`] : []),
    ...(hypervisorType === undefined ? [] : [`/sys/hypervisor/type: ${hypervisorType}`]),
    ...(deviceTreeHypervisor === undefined ? [] : [`device tree: ${deviceTreeHypervisor}`]),
    ...(isFlagged ? ["the processor's flag hypervisor"] : []),
  ];
  if (evidence.length === 0) return undefined;
  const words = `${isProduct ? product : ''} ${hypervisorType ?? ''} ${deviceTreeHypervisor ?? ''}`;
  const known = HYPERVISORS.find(({ isIt }) => isIt.test(words));
  return { hypervisor: known?.name, evidence, hint: known?.hint ?? ANY_HINT };
}
