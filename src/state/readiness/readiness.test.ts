import { describe, expect, it } from 'vitest';
import type { ReadinessFacts } from './facts.ts';
import { iommuReadiness } from './iommu.ts';
import { vfioReadiness } from './vfio.ts';
import { virtualMachine } from './virtual-machine.ts';
import { zpciReadiness } from './zpci.ts';

const INTEL = 'vendor_id : GenuineIntel\nflags : fpu vmx\n';
const AMD = 'vendor_id : AuthenticAMD\nflags : fpu svm\n';
const ARM = 'CPU implementer : 0x41\n';
const Z = 'vendor_id : IBM/S390\n';
const OTHER = 'cpu : POWER10\n';

/** An Intel machine where all is well, asked by root. */
const WELL: ReadinessFacts = {
  isRoot: true,
  cpuinfo: INTEL,
  commandLine: 'quiet',
  dmi: { vendor: 'Dell Inc.', product: 'PowerEdge R750' },
  hypervisorType: undefined,
  hasXenControl: false,
  deviceTreeHypervisor: undefined,
  setOption: "add '{}' to the options",
  iommuUnits: ['dmar0', 'dmar1'],
  groupCount: 12,
  acpiTables: ['FACP', 'DMAR'],
  functionCount: 30,
  allowUnsafeInterrupts: 'N',
  vfioPci: { registered: true, isModule: true, release: '6.1.0', available: true },
  vfioNodes: ['vfio'],
  lockedMemory: '8388608',
  lockdown: 'none',
  selinuxEnforce: undefined,
  apparmorEnabled: undefined,
  uniqueUids: undefined,
  slots: new Map(),
};

type Look = (facts: ReadinessFacts) => readonly { what: string; state: string; found: string; hint: string | null }[];

/** What is said, a line each; `what` picks one. */
const said = (look: Look, changes: Partial<ReadinessFacts>, what?: string): string[] =>
  look({ ...WELL, ...changes })
    .filter((each) => what === undefined || each.what === what)
    .map(({ what: name, state, found, hint }) => `${what === undefined ? `${name}: ` : ''}${state}, ${found}${hint === null ? '' : ` (${hint})`}`);

describe('the IOMMU', () => {
  it('of a machine where all is well', () => {
    expect(said(iommuReadiness, {})).toEqual([
      'IOMMU in the firmware: ok, dmar0, dmar1',
      'IOMMU groups: ok, 12 groups',
      'interrupt remapping: ok, vfio insists on it',
    ]);
  });

  const NO_UNITS = { iommuUnits: [] };
  it.each<[string, Partial<ReadinessFacts>, string]>([
    ['is offered by its table', NO_UNITS, 'ok, the firmware offers it (DMAR)'],
    ['of AMD is offered by its table', { ...NO_UNITS, cpuinfo: AMD, acpiTables: ['IVRS'] }, 'ok, the firmware offers it (IVRS)'],
    ['of Intel before a processor of AMD is offered all the same', { ...NO_UNITS, cpuinfo: AMD }, 'ok, the firmware offers it (DMAR)'],
    ['of Arm is offered by its table', { ...NO_UNITS, cpuinfo: ARM, acpiTables: ['IORT'] }, 'ok, the firmware offers it (IORT)'],
    ['of IBM Z is always there', { ...NO_UNITS, cpuinfo: Z, acpiTables: undefined }, 'ok, part of this architecture'],
    ['of another architecture is not known', { ...NO_UNITS, cpuinfo: OTHER, acpiTables: ['FACP'] }, 'unknown, this kernel does not say'],
    ['is not known without tables', { ...NO_UNITS, acpiTables: undefined }, 'unknown, this kernel does not say'],
    [
      'of Intel that is switched off',
      { ...NO_UNITS, acpiTables: ['FACP'] },
      "missing, there is no DMAR table (switch VT-d on in the firmware's setup; without it no function can be isolated)",
    ],
    [
      'of AMD that is switched off',
      { ...NO_UNITS, cpuinfo: AMD, acpiTables: ['FACP'] },
      "missing, there is no IVRS table (switch AMD-Vi (IOMMU) on in the firmware's setup; without it no function can be isolated)",
    ],
    [
      'of Arm that is switched off',
      { ...NO_UNITS, cpuinfo: ARM, acpiTables: ['FACP'] },
      "missing, there is no IORT table (switch the SMMU on in the firmware's setup; without it no function can be isolated)",
    ],
    [
      'of a guest is the matter of the machine below',
      { ...NO_UNITS, acpiTables: ['FACP'], hypervisorType: 'xen' },
      'missing, there is no DMAR table (Xen gives its guests no IOMMU; take a machine that is none of its guests)',
    ],
  ])('%s', (_, changes, line) => {
    expect(said(iommuReadiness, changes, 'IOMMU in the firmware')).toEqual([line]);
  });

  const NONE = { groupCount: 0 };
  const MISSING = 'missing, none, although there are 30 functions';
  const SWITCH = "switch VT-d on in the firmware's setup";
  const takeAway = (option: string): string => `'${option}' on the kernel command line switches it off: take that away, reboot`;
  it.each<[string, Partial<ReadinessFacts>, string]>([
    ['wants firmware and option', {}, `${SWITCH} and add 'intel_iommu=on' to the options`],
    [
      'wants firmware and option of AMD',
      { cpuinfo: AMD, acpiTables: [] },
      "switch AMD-Vi (IOMMU) on in the firmware's setup and add 'amd_iommu=on' to the options",
    ],
    ['by its table is named by that', { cpuinfo: AMD, acpiTables: ['DMAR'] }, `${SWITCH} and add 'intel_iommu=on' to the options`],
    ['whose option is there wants the firmware', { commandLine: 'quiet intel_iommu=on,sm_on' }, SWITCH],
    ['without an option wants the firmware', { cpuinfo: ARM, acpiTables: ['FACP'] }, "switch the SMMU on in the firmware's setup"],
    ['of another architecture wants the firmware', { cpuinfo: OTHER, acpiTables: undefined }, "switch the IOMMU on in the firmware's setup"],
    ...['intel_iommu=off', 'amd_iommu=off', 'iommu=off', 'iommu.passthrough=0'].map((option): [string, Partial<ReadinessFacts>, string] => [
      `is switched off by ${option}, wherever that stands`,
      { commandLine: option },
      takeAway(option),
    ]),
    ['is switched off by an option in the middle', { commandLine: 'ro intel_iommu=off quiet' }, takeAway('intel_iommu=off')],
    ['is not switched off by what only looks so', { commandLine: 'my_iommu=off iommu=offset intel_iommu=on' }, SWITCH],
    [
      'of a guest without one wants it from below',
      { hypervisorType: 'xen', acpiTables: ['FACP'] },
      'Xen gives its guests no IOMMU; take a machine that is none of its guests',
    ],
    ['of a guest with one wants the option', { hypervisorType: 'xen' }, "add 'intel_iommu=on' to the options"],
    [
      'of a guest with one and its option wants it from below',
      { hypervisorType: 'xen', commandLine: 'intel_iommu=on' },
      'Xen gives its guests no IOMMU; take a machine that is none of its guests',
    ],
  ])('without groups %s', (_, changes, hint) => {
    expect(said(iommuReadiness, { ...NONE, ...changes }, 'IOMMU groups')).toEqual([`${MISSING} (${hint})`]);
  });

  it.each<[string, Partial<ReadinessFacts>, string]>([
    ['is not asked for before vfio is loaded', { allowUnsafeInterrupts: undefined }, 'unknown, vfio is not loaded, so it was not asked'],
    [
      'may be done without on Intel',
      { allowUnsafeInterrupts: 'Y' },
      'missing, vfio is told to do without it (guests could inject interrupts: remove allow_unsafe_interrupts unless the hardware leaves no choice)',
    ],
    [
      'may be done without on AMD',
      { allowUnsafeInterrupts: 'Y', cpuinfo: AMD },
      'missing, vfio is told to do without it (guests could inject interrupts: remove allow_unsafe_interrupts unless the hardware leaves no choice)',
    ],
    ['is no question on Arm', { allowUnsafeInterrupts: 'Y', cpuinfo: ARM }, 'ok, part of this architecture'],
    ['is no question on IBM Z', { allowUnsafeInterrupts: undefined, cpuinfo: Z }, 'ok, part of this architecture'],
  ])('remapping of interrupts %s', (_, changes, line) => {
    expect(said(iommuReadiness, changes, 'interrupt remapping')).toEqual([line]);
  });

  it('says first that the machine is a guest itself, and how that is known', () => {
    const NEEDS = 'guests in it need nested virtualization, and a virtual IOMMU for host functions';
    expect(said(iommuReadiness, { hypervisorType: 'xen', deviceTreeHypervisor: 'xen,xen' }, 'this machine')).toEqual([
      `ok, a virtual machine of Xen (/sys/hypervisor/type: xen; device tree: xen,xen) (${NEEDS})`,
    ]);
    expect(said(iommuReadiness, { cpuinfo: 'flags : hypervisor\n' }, 'this machine')).toEqual([
      `ok, a virtual machine (the processor's flag hypervisor) (${NEEDS})`,
    ]);
  });
});

describe('VFIO', () => {
  it('of a machine where all is well', () => {
    expect(said(vfioReadiness, {})).toEqual([
      'vfio-pci: ok, loaded',
      '/dev/vfio/vfio: ok, there',
      'locked memory: ok, a limit, but not for root',
      'kernel lockdown: ok, none',
    ]);
  });

  const module = (changes: Partial<ReadinessFacts['vfioPci']>): Partial<ReadinessFacts> => ({ vfioPci: { ...WELL.vfioPci, registered: false, ...changes } });
  const NODE = '(it comes with the vfio module)';
  it.each<[string, Partial<ReadinessFacts>, string, string]>([
    ['is built in', { vfioPci: { ...WELL.vfioPci, isModule: false } }, 'vfio-pci', 'ok, built in'],
    ['waits as a module', module({}), 'vfio-pci', 'ok, a module; prepare and libvirt load it when it is needed'],
    [
      'is not loaded, and nobody can say whether it is there',
      module({ available: undefined }),
      'vfio-pci',
      "missing, not loaded (run 'modprobe vfio-pci'; prepare and libvirt do so by themselves)",
    ],
    [
      'is not part of the kernel',
      module({ available: false }),
      'vfio-pci',
      'missing, the kernel 6.1.0 has no such module (install a kernel with CONFIG_VFIO_PCI (some split it into a package of extra modules))',
    ],
    [
      'is not part of a kernel of IBM Z',
      { ...module({ available: false }), cpuinfo: Z },
      'vfio-pci',
      'missing, the kernel 6.1.0 has no such module (install the kernel of a current distribution (some split it into a package of extra modules))',
    ],
    [
      'has its node, which a user may need a word about',
      { isRoot: false },
      '/dev/vfio/vfio',
      'ok, there; groups in it belong to root until libvirt or a udev rule gives them to somebody',
    ],
    ['has no directory', { vfioNodes: undefined }, '/dev/vfio/vfio', `missing, not there ${NODE}`],
    ['has a directory without its node', { vfioNodes: ['7'] }, '/dev/vfio/vfio', `unknown, not there ${NODE}`],
    ['lets root lock memory', { lockedMemory: 'unlimited' }, 'locked memory', 'ok, no limit'],
    ['lets a user lock memory', { isRoot: false, lockedMemory: 'unlimited' }, 'locked memory', 'ok, no limit'],
    [
      'lets a user lock some memory',
      { isRoot: false, lockedMemory: '8912896' },
      'locked memory',
      "unknown, at most 8 MiB for this user (libvirt raises it for its guests; QEMU started by hand needs 'ulimit -l' of the guest's memory and 1 GiB more (/etc/security/limits.d))",
    ],
    ['may lock nobody knows how much', { lockedMemory: undefined }, 'locked memory', 'unknown, the kernel does not say'],
    ['in lockdown works', { lockdown: 'integrity' }, 'kernel lockdown', 'ok, integrity (reading config space is restricted; pass-through works)'],
    ['of a kernel that knows no lockdown', { lockdown: undefined }, 'kernel lockdown', 'unknown, the kernel does not say'],
    ['beside SELinux', { selinuxEnforce: '1' }, 'SELinux', "ok, enforcing (libvirt labels what it gives to guests; a refusal shows in 'ausearch -m avc')"],
    ['beside SELinux that only looks', { selinuxEnforce: '0' }, 'SELinux', 'ok, permissive'],
    [
      'beside AppArmor',
      { apparmorEnabled: 'Y' },
      'AppArmor',
      'ok, enabled (libvirt writes a profile for each guest; a refusal shows as \'apparmor="DENIED"\' in dmesg)',
    ],
  ])('%s', (_, changes, what, line) => {
    expect(said(vfioReadiness, changes, what)).toEqual([line]);
  });

  it('has nothing to say of what is not there', () => {
    expect(said(vfioReadiness, { apparmorEnabled: 'N' }).map((line) => line.split(':')[0])).toEqual([
      ...['vfio-pci', '/dev/vfio/vfio', 'locked memory', 'kernel lockdown'],
    ]);
  });
});

describe('zPCI', () => {
  it.each<[string, Partial<ReadinessFacts>, string[]]>([
    ['is nothing elsewhere', {}, []],
    ['has uids that stay', { uniqueUids: true }, ['zPCI uids: ok, unique: addresses stay the same across boots']],
    [
      'has uids that do not stay',
      { uniqueUids: false },
      [
        "zPCI uids: missing, not unique: PCI domains are numbered in the order functions appear (set 'unique UIDs' for this LPAR on the HMC, or identify functions by fid)",
      ],
    ],
    ['has all slots configured', { slots: new Map([['00000017', true]]) }, ['zPCI slots: ok, 1 configured, 0 on standby']],
    [
      'has slots on standby',
      {
        slots: new Map([
          ['00000017', true],
          ['00000018', false],
          ['00000019', false],
        ]),
      },
      ["zPCI slots: ok, 1 configured, 2 on standby ('hostdev slot on 0x00000018' configures one)"],
    ],
  ])('%s', (_, changes, lines) => {
    expect(said(zpciReadiness, changes)).toEqual(lines);
  });
});

describe('a machine that is a guest', () => {
  const FLAGGED = 'flags : fpu hypervisor lahf_lm\n';
  const QEMU = /^in the machine below give this guest a virtual IOMMU: .*<ioapic driver='qemu'\/> on q35.*smmuv3/;
  const CLOUD = /^virtual machines of this cloud have no IOMMU; take a bare-metal one$/;
  it.each<[string, string, string | undefined, RegExp]>([
    ['Amazon EC2', 'm7i.large', 'Amazon EC2', CLOUD],
    ['Google', 'Google Compute Engine', 'Google Compute Engine', CLOUD],
    ['VMware, Inc.', 'VMware20,1', 'VMware', /^in the machine below switch 'Expose IOMMU to the guest OS' on .*vvtd\.enable = TRUE/],
    ['innotek GmbH', 'VirtualBox', 'VirtualBox', /^in the machine below: 'VBoxManage modifyvm NAME --iommu automatic'/],
    ['innotek GmbH', 'x', 'VirtualBox', /VirtualBox 7\.0 or newer/],
    ['Microsoft Corporation', 'Virtual Machine', 'Hyper-V', /^Hyper-V gives its guests no IOMMU; take a machine that is none of its guests$/],
    ['Xen', 'HVM domU', 'Xen', /^Xen gives its guests no IOMMU; take a machine that is none of its guests$/],
    ...['QEMU', 'KVM', 'Red Hat', 'OpenStack Foundation', 'Bochs', 'Proxmox'].map((vendor): [string, string, string, RegExp] => [vendor, 'x', 'KVM', QEMU]),
    [
      'Somebody',
      'Something',
      undefined,
      /^ask whoever runs the machine below for a virtual IOMMU and nested virtualization; where there is none, no function of/,
    ],
    ['Microsoft Corporation', 'Surface', undefined, /^ask whoever/],
    ['Xenon Computers', 'X', undefined, /^ask whoever/],
  ])('of %s %s', (vendor, product, hypervisor, hint) => {
    const found = virtualMachine({ ...WELL, cpuinfo: FLAGGED, dmi: { vendor, product } });
    expect(found?.hypervisor).toBe(hypervisor);
    expect(found?.hint).toMatch(hint);
    const byDmi = hypervisor === undefined ? [] : [`DMI: ${vendor} ${product}`];
    expect(found?.evidence).toEqual([...byDmi, "the processor's flag hypervisor"]);
  });

  it.each<[string, Partial<ReadinessFacts>, readonly string[] | undefined]>([
    ['by nothing is none', {}, undefined],
    ['by the name of its maker is none where the processor has flags, and not that one', { dmi: { vendor: 'QEMU', product: undefined } }, undefined],
    ['by the name of its maker is one where processors have no flags', { cpuinfo: ARM, dmi: { vendor: 'QEMU', product: '' } }, ['DMI: QEMU']],
    ['without a maker is one by its product', { cpuinfo: ARM, dmi: { vendor: undefined, product: 'KVM Virtual Machine' } }, ['DMI: KVM Virtual Machine']],
    ['by its device tree', { cpuinfo: ARM, deviceTreeHypervisor: 'linux,kvm' }, ['device tree: linux,kvm']],
    ['that runs the machine for Xen is none', { hasXenControl: true, hypervisorType: 'xen', cpuinfo: FLAGGED }, undefined],
    ['by a flag that only begins like it is none', { cpuinfo: 'flags : fpu hypervisors\n' }, undefined],
    ['by a word elsewhere than among the flags is none', { cpuinfo: 'model name : hypervisor\nflags : fpu\n' }, undefined],
  ])('%s', (_, changes, evidence) => {
    expect(virtualMachine({ ...WELL, ...changes })?.evidence).toEqual(evidence);
  });
});
