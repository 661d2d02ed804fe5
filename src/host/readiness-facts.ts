/** Reads what `judgeReadiness` needs to know of a host. */
import type { ReadinessFacts, VfioPciFacts } from '../state/readiness/facts.ts';
import { vendorOf } from '../state/readiness/vendor.ts';
import { readBootLoader } from './boot-loader.ts';
import { readAddresses } from './inventory.ts';
import { type HostReader, readNumber, readText } from './port.ts';
import { isFunctionSlot, slotPowerPath, SLOTS } from '../pci/slot.ts';
import { sysfsPath } from '../pci/sysfs-name.ts';

/** Largest list of modules that is read; a distribution's has about 600 kB. */
const MODULES_LIMIT = 8 * 1024 * 1024;

/** @throws {HostdevError} `no-pci` when the tree has no PCI bus. */
export async function readReadinessFacts(port: HostReader, isRoot: boolean): Promise<ReadinessFacts> {
  const cpuinfo = new TextDecoder().decode(await port.read('/proc/cpuinfo', 4096));
  const limits = (await readText(port, '/proc/self/limits')) ?? '';
  const lockdown = (await readText(port, '/sys/kernel/security/lockdown')) ?? '';
  return {
    isRoot,
    cpuinfo,
    dmi: { vendor: await readText(port, '/sys/class/dmi/id/sys_vendor'), product: await readText(port, '/sys/class/dmi/id/product_name') },
    hypervisorType: await readText(port, '/sys/hypervisor/type'),
    hasXenControl: (await readText(port, '/proc/xen/capabilities'))?.includes('control_d') === true,
    // Strings of the device tree end with a zero byte.
    deviceTreeHypervisor: (await readText(port, '/proc/device-tree/hypervisor/compatible'))?.replaceAll('\0', ' ').trim(),
    commandLine: (await readText(port, '/proc/cmdline')) ?? '',
    setOption: await readBootLoader(port, vendorOf(cpuinfo)),
    iommuUnits: (await port.list('/sys/class/iommu')) ?? [],
    groupCount: ((await port.list('/sys/kernel/iommu_groups')) ?? []).length,
    acpiTables: await port.list('/sys/firmware/acpi/tables'),
    functionCount: (await readAddresses(port)).length,
    allowUnsafeInterrupts: await readText(port, '/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts'),
    vfioPci: await readVfioPci(port),
    vfioNodes: await port.list('/dev/vfio'),
    lockedMemory: /^Max locked memory\s+(\S+)/m.exec(limits)?.[1],
    lockdown: /\[(\w+)\]/.exec(lockdown)?.[1],
    selinuxEnforce: await readText(port, '/sys/fs/selinux/enforce'),
    apparmorEnabled: await readText(port, '/sys/module/apparmor/parameters/enabled'),
    uniqueUids: await readUniqueUids(port),
    slots: await readSlots(port),
  };
}

async function readVfioPci(port: HostReader): Promise<VfioPciFacts> {
  const registered = (await port.list('/sys/bus/pci/drivers/vfio-pci')) !== undefined;
  const isModule = (await port.list('/sys/module/vfio_pci/holders')) !== undefined;
  const release = await readText(port, '/proc/sys/kernel/osrelease');
  const isName = release !== undefined && /^[\w.+~-]+$/.test(release);
  const modules = registered || !isName ? undefined : await port.read(`/lib/modules/${release}/modules.dep`, MODULES_LIMIT);
  const available = modules === undefined ? undefined : /\/vfio-pci\.ko/.test(new TextDecoder().decode(modules));
  return { registered, isModule, release, available };
}

async function readUniqueUids(port: HostReader): Promise<boolean | undefined> {
  for (const address of await readAddresses(port)) {
    const unique = await readNumber(port, `${sysfsPath(address)}/uid_is_unique`);
    if (unique !== undefined) return unique === 1;
  }
  return undefined;
}

async function readSlots(port: HostReader): Promise<ReadonlyMap<string, boolean>> {
  const names = ((await port.list(SLOTS)) ?? []).filter(isFunctionSlot);
  return new Map(await Promise.all(names.map(async (name): Promise<[string, boolean]> => [name, (await readText(port, slotPowerPath(name))) !== '0'])));
}
