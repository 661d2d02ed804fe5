/** Whether the kernel's VFIO is there, and who may use it. */
import type { ReadinessFacts } from './facts.ts';
import type { Readiness } from './finding.ts';
import { vendorOf } from './vendor.ts';

export function vfioReadiness(facts: ReadinessFacts): Readiness[] {
  return [driver(facts), container(facts), lockedMemory(facts), lockdown(facts), ...confinement(facts)];
}

function driver({ vfioPci, cpuinfo }: ReadinessFacts): Readiness {
  const what = 'vfio-pci';
  const { registered, isModule, release, available } = vfioPci;
  if (registered) return { what, state: 'ok', found: isModule ? 'loaded' : 'built in', hint: null };
  if (available === undefined) return { what, state: 'missing', found: 'not loaded', hint: "run 'modprobe vfio-pci'; prepare and libvirt do so by themselves" };
  if (available) return { what, state: 'ok', found: 'a module; prepare and libvirt load it when it is needed', hint: null };
  const distribution = vendorOf(cpuinfo) === 'ibm-z' ? 'the kernel of a current distribution' : 'a kernel with CONFIG_VFIO_PCI';
  return {
    what,
    state: 'missing',
    found: `the kernel ${release} has no such module`,
    hint: `install ${distribution} (some split it into a package of extra modules)`,
  };
}

function container({ vfioNodes, isRoot }: ReadinessFacts): Readiness {
  const what = '/dev/vfio/vfio';
  if (vfioNodes?.includes('vfio') === true) {
    const found = isRoot ? 'there' : 'there; groups in it belong to root until libvirt or a udev rule gives them to somebody';
    return { what, state: 'ok', found, hint: null };
  }
  return { what, state: vfioNodes === undefined ? 'missing' : 'unknown', found: 'not there', hint: 'it comes with the vfio module' };
}

/** A guest with a host function has all of its memory locked. */
function lockedMemory({ lockedMemory: soft, isRoot }: ReadinessFacts): Readiness {
  const what = 'locked memory';
  if (soft === undefined) return { what, state: 'unknown', found: 'the kernel does not say', hint: null };
  if (isRoot || soft === 'unlimited') return { what, state: 'ok', found: soft === 'unlimited' ? 'no limit' : 'a limit, but not for root', hint: null };
  return {
    what,
    state: 'unknown',
    found: `at most ${Math.floor(Number(soft) / 1024 / 1024)} MiB for this user`,
    hint: "libvirt raises it for its guests; QEMU started by hand needs 'ulimit -l' of the guest's memory and 1 GiB more (/etc/security/limits.d)",
  };
}

function lockdown({ lockdown: current }: ReadinessFacts): Readiness {
  const what = 'kernel lockdown';
  if (current === undefined) return { what, state: 'unknown', found: 'the kernel does not say', hint: null };
  return { what, state: 'ok', found: current, hint: current === 'none' ? null : 'reading config space is restricted; pass-through works' };
}

/** Neither is in the way of libvirt's guests; both are in the way of people who start QEMU in unusual places. */
function confinement({ selinuxEnforce, apparmorEnabled }: ReadinessFacts): Readiness[] {
  const found: Readiness[] = [];
  if (selinuxEnforce !== undefined) {
    const hint = selinuxEnforce === '1' ? "libvirt labels what it gives to guests; a refusal shows in 'ausearch -m avc'" : null;
    found.push({ what: 'SELinux', state: 'ok', found: selinuxEnforce === '1' ? 'enforcing' : 'permissive', hint });
  }
  if (apparmorEnabled === 'Y') {
    const hint = 'libvirt writes a profile for each guest; a refusal shows as \'apparmor="DENIED"\' in dmesg';
    found.push({ what: 'AppArmor', state: 'ok', found: 'enabled', hint });
  }
  return found;
}
