/** `hostdev check` without address: is this host ready to give functions away, and if not, what to do. */
import { readAddresses } from '../host/inventory.ts';
import { type HostPort, readNumber, readText } from '../host/port.ts';
import { formatPciAddress } from '../pci/address.ts';
import type { AppContext } from './context.ts';

/** One thing that was looked at. */
export interface Readiness {
  readonly what: string;
  readonly state: 'ok' | 'missing' | 'unknown';
  readonly found: string;
  readonly hint: string | null;
}

export async function checkReadiness(context: AppContext): Promise<Readiness[]> {
  const { port } = context;
  const machine = await readMachine(port);
  return [
    await groups(port, machine),
    await vfio(port),
    await container(port, context),
    await interrupts(port, machine),
    await lockdown(port),
    ...(await zpciUids(port)),
  ];
}

interface Machine {
  readonly vendor: 'intel' | 'amd' | 'arm' | 'ibm-z' | 'other';
  readonly commandLine: string;
  /** How kernel options are set here. */
  readonly setOption: (option: string) => string;
}

async function readMachine(port: HostPort): Promise<Machine> {
  const cpu = new TextDecoder().decode(await port.read('/proc/cpuinfo', 4096));
  const vendor = /GenuineIntel/.test(cpu)
    ? 'intel'
    : /AuthenticAMD/.test(cpu)
      ? 'amd'
      : /IBM\/S390/.test(cpu)
        ? 'ibm-z'
        : /CPU implementer/.test(cpu)
          ? 'arm'
          : 'other';
  const loader = await bootLoader(port, vendor);
  return { vendor, commandLine: (await readText(port, '/proc/cmdline')) ?? '', setOption: (option) => loader.replace('{}', option) };
}

async function bootLoader(port: HostPort, vendor: Machine['vendor']): Promise<string> {
  if (vendor === 'ibm-z') return "add '{}' to parameters in /etc/zipl.conf, run zipl, reboot";
  if ((await port.list('/etc/kernel/cmdline.d')) !== undefined || (await port.read('/etc/kernel/cmdline', 16)) !== undefined) {
    return "add '{}' to /etc/kernel/cmdline, run 'kernel-install add-all' (or 'proxmox-boot-tool refresh'), reboot";
  }
  return "add '{}' to GRUB_CMDLINE_LINUX in /etc/default/grub, run update-grub (or grub2-mkconfig -o /boot/grub2/grub.cfg), reboot";
}

async function groups(port: HostPort, machine: Machine): Promise<Readiness> {
  const count = ((await port.list('/sys/kernel/iommu_groups')) ?? []).length;
  if (count > 0) return { what: 'IOMMU groups', state: 'ok', found: `${count} groups`, hint: null };
  const functions = (await readAddresses(port)).length;
  const options = { intel: 'intel_iommu=on', amd: 'amd_iommu=on', arm: '', 'ibm-z': '', other: '' }[machine.vendor];
  const firmware = { intel: 'VT-d', amd: 'AMD-Vi (IOMMU)', arm: 'SMMU', 'ibm-z': 'PCI', other: 'the IOMMU' }[machine.vendor];
  const already = options !== '' && machine.commandLine.includes(options);
  const hint = options === '' || already ? `switch ${firmware} on in the firmware` : `switch ${firmware} on in the firmware and ${machine.setOption(options)}`;
  return { what: 'IOMMU groups', state: 'missing', found: `none, although there are ${functions} functions`, hint };
}

async function vfio(port: HostPort): Promise<Readiness> {
  if ((await port.list('/sys/bus/pci/drivers/vfio-pci')) !== undefined) return { what: 'vfio-pci', state: 'ok', found: 'loaded', hint: null };
  return { what: 'vfio-pci', state: 'missing', found: 'not loaded', hint: "run 'modprobe vfio-pci'; prepare and libvirt do so by themselves" };
}

async function container(port: HostPort, context: AppContext): Promise<Readiness> {
  const nodes = await port.list('/dev/vfio');
  if (nodes?.includes('vfio') === true)
    return {
      what: '/dev/vfio/vfio',
      state: 'ok',
      found: context.isRoot ? 'there' : 'there; only root and groups of your distribution may open it',
      hint: null,
    };
  return { what: '/dev/vfio/vfio', state: nodes === undefined ? 'missing' : 'unknown', found: 'not there', hint: 'it comes with the vfio module' };
}

async function interrupts(port: HostPort, machine: Machine): Promise<Readiness> {
  if (machine.vendor !== 'intel' && machine.vendor !== 'amd')
    return { what: 'interrupt remapping', state: 'ok', found: 'part of this architecture', hint: null };
  const unsafe = await readText(port, '/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts');
  if (unsafe === 'Y')
    return {
      what: 'interrupt remapping',
      state: 'missing',
      found: 'vfio is told to do without it',
      hint: 'guests could inject interrupts: remove allow_unsafe_interrupts unless the hardware leaves no choice',
    };
  return {
    what: 'interrupt remapping',
    state: unsafe === undefined ? 'unknown' : 'ok',
    found: unsafe === undefined ? 'vfio is not loaded, so it was not asked' : 'vfio insists on it',
    hint: null,
  };
}

async function lockdown(port: HostPort): Promise<Readiness> {
  const modes = await readText(port, '/sys/kernel/security/lockdown');
  const current = /\[(\w+)\]/.exec(modes ?? '')?.[1];
  if (current === undefined) return { what: 'kernel lockdown', state: 'unknown', found: 'the kernel does not say', hint: null };
  return { what: 'kernel lockdown', state: 'ok', found: current, hint: current === 'none' ? null : 'reading config space is restricted; pass-through works' };
}

/** Without unique uids a function's address may change at the next boot; the fid does not. */
async function zpciUids(port: HostPort): Promise<Readiness[]> {
  for (const address of await readAddresses(port)) {
    const unique = await readNumber(port, `/sys/bus/pci/devices/${formatPciAddress(address)}/uid_is_unique`);
    if (unique === undefined) continue;
    if (unique === 1) return [{ what: 'zPCI uids', state: 'ok', found: 'unique: addresses stay the same across boots', hint: null }];
    return [
      {
        what: 'zPCI uids',
        state: 'missing',
        found: 'not unique: PCI domains are numbered in the order functions appear',
        hint: "set 'unique UIDs' for this LPAR on the HMC, or identify functions by fid",
      },
    ];
  }
  return [];
}
