/** How an option of the kernel is set on a distribution. */
import type { Vendor } from '../state/readiness/vendor.ts';
import type { HostReader } from './port.ts';

/** Words in which `{}` stands for the option. */
export async function readBootLoader(port: HostReader, vendor: Vendor): Promise<string> {
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
