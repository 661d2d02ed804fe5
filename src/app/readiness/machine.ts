/** What kind of machine it is, and how things are set up on its distribution. */
import { type HostReader, readText } from '../../host/port.ts';

export type Vendor = 'intel' | 'amd' | 'arm' | 'ibm-z' | 'other';

export interface MachineFacts {
  readonly vendor: Vendor;
  /** The running kernel's command line. */
  readonly commandLine: string;
  /** Words that tell how a kernel option is set here. */
  readonly setOption: (option: string) => string;
}

export async function readMachineFacts(port: HostReader): Promise<MachineFacts> {
  const vendor = vendorOf(new TextDecoder().decode(await port.read('/proc/cpuinfo', 4096)));
  const loader = await bootLoader(port, vendor);
  return {
    vendor,
    commandLine: (await readText(port, '/proc/cmdline')) ?? '',
    setOption: (option) => loader.replace('{}', option),
  };
}

function vendorOf(cpuinfo: string): Vendor {
  if (cpuinfo.includes('GenuineIntel')) return 'intel';
  if (/AuthenticAMD|HygonGenuine/.test(cpuinfo)) return 'amd';
  if (cpuinfo.includes('IBM/S390')) return 'ibm-z';
  return cpuinfo.includes('CPU implementer') ? 'arm' : 'other';
}

async function bootLoader(port: HostReader, vendor: Vendor): Promise<string> {
  if (vendor === 'ibm-z') return "add '{}' to parameters in /etc/zipl.conf, run zipl, reboot";
  const isProxmox = (await port.list('/etc/pve')) !== undefined;
  if ((await port.read('/etc/kernel/cmdline', 16)) !== undefined || (await port.list('/etc/kernel/cmdline.d')) !== undefined) {
    return `add '{}' to /etc/kernel/cmdline, run '${isProxmox ? 'proxmox-boot-tool refresh' : 'kernel-install add-all'}', reboot`;
  }
  // Debian's and its children's update-grub; Fedora, SUSE and Arch name the program and its output themselves.
  const isDebian = (await port.read('/etc/debian_version', 16)) !== undefined;
  if (isDebian) return "add '{}' to GRUB_CMDLINE_LINUX in /etc/default/grub, run update-grub, reboot";
  if ((await port.list('/etc/grub.d')) !== undefined && (await port.list('/boot/loader/entries')) !== undefined)
    return "run 'grubby --update-kernel=ALL --args={}', reboot";
  return "add '{}' to GRUB_CMDLINE_LINUX in /etc/default/grub, run 'grub2-mkconfig -o /boot/grub2/grub.cfg' (grub-mkconfig on some), reboot";
}
