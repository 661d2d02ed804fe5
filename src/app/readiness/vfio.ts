/** Whether the kernel's VFIO is there, and who may use it. */
import { type HostReader, readText } from '../../host/port.ts';
import type { AppContext } from '../context.ts';
import type { MachineFacts } from './machine.ts';
import type { Readiness } from './finding.ts';

export async function vfioReadiness({ port, isRoot }: AppContext, machine: MachineFacts): Promise<Readiness[]> {
  return [await driver(port, machine), await container(port, isRoot), await lockedMemory(port, isRoot), await lockdown(port), ...(await confinement(port))];
}

/** Largest list of modules that is read; a distribution's has about 600 kB. */
const MODULES_LIMIT = 8 * 1024 * 1024;

async function driver(port: HostReader, machine: MachineFacts): Promise<Readiness> {
  const what = 'vfio-pci';
  if ((await port.list('/sys/bus/pci/drivers/vfio-pci')) !== undefined) {
    const isModule = (await port.list('/sys/module/vfio_pci/holders')) !== undefined;
    return { what, state: 'ok', found: isModule ? 'loaded' : 'built in', hint: null };
  }
  const release = await readText(port, '/proc/sys/kernel/osrelease');
  const dependencies =
    release === undefined || !/^[\w.+~-]+$/.test(release) ? undefined : await port.read(`/lib/modules/${release}/modules.dep`, MODULES_LIMIT);
  if (dependencies === undefined)
    return { what, state: 'missing', found: 'not loaded', hint: "run 'modprobe vfio-pci'; prepare and libvirt do so by themselves" };
  if (/\/vfio-pci\.ko/.test(new TextDecoder().decode(dependencies)))
    return { what, state: 'ok', found: 'a module; prepare and libvirt load it when it is needed', hint: null };
  const distribution = machine.vendor === 'ibm-z' ? 'the kernel of a current distribution' : 'a kernel with CONFIG_VFIO_PCI';
  return {
    what,
    state: 'missing',
    found: `the kernel ${release} has no such module`,
    hint: `install ${distribution} (some split it into a package of extra modules)`,
  };
}

async function container(port: HostReader, isRoot: boolean): Promise<Readiness> {
  const what = '/dev/vfio/vfio';
  const nodes = await port.list('/dev/vfio');
  if (nodes?.includes('vfio') === true) {
    return {
      what,
      state: 'ok',
      found: isRoot ? 'there' : 'there; groups in it belong to root until libvirt or a udev rule gives them to somebody',
      hint: null,
    };
  }
  return { what, state: nodes === undefined ? 'missing' : 'unknown', found: 'not there', hint: 'it comes with the vfio module' };
}

/** A guest with a host function has all of its memory locked. */
async function lockedMemory(port: HostReader, isRoot: boolean): Promise<Readiness> {
  const what = 'locked memory';
  const limits = (await readText(port, '/proc/self/limits')) ?? '';
  const soft = /^Max locked memory\s+(\S+)/m.exec(limits)?.[1];
  if (soft === undefined) return { what, state: 'unknown', found: 'the kernel does not say', hint: null };
  if (isRoot || soft === 'unlimited') return { what, state: 'ok', found: soft === 'unlimited' ? 'no limit' : 'a limit, but not for root', hint: null };
  return {
    what,
    state: 'unknown',
    found: `at most ${Math.floor(Number(soft) / 1024 / 1024)} MiB for this user`,
    hint: "libvirt raises it for its guests; QEMU started by hand needs 'ulimit -l' of the guest's memory and 1 GiB more (/etc/security/limits.d)",
  };
}

async function lockdown(port: HostReader): Promise<Readiness> {
  const what = 'kernel lockdown';
  const current = /\[(\w+)\]/.exec((await readText(port, '/sys/kernel/security/lockdown')) ?? '')?.[1];
  if (current === undefined) return { what, state: 'unknown', found: 'the kernel does not say', hint: null };
  return { what, state: 'ok', found: current, hint: current === 'none' ? null : 'reading config space is restricted; pass-through works' };
}

/** Neither is in the way of libvirt's guests; both are in the way of people who start QEMU in unusual places. */
async function confinement(port: HostReader): Promise<Readiness[]> {
  const found: Readiness[] = [];
  const selinux = await readText(port, '/sys/fs/selinux/enforce');
  if (selinux !== undefined) {
    const hint = selinux === '1' ? "libvirt labels what it gives to guests; a refusal shows in 'ausearch -m avc'" : null;
    found.push({ what: 'SELinux', state: 'ok', found: selinux === '1' ? 'enforcing' : 'permissive', hint });
  }
  if ((await readText(port, '/sys/module/apparmor/parameters/enabled')) === 'Y') {
    found.push({
      what: 'AppArmor',
      state: 'ok',
      found: 'enabled',
      hint: 'libvirt writes a profile for each guest; a refusal shows as \'apparmor="DENIED"\' in dmesg',
    });
  }
  return found;
}
