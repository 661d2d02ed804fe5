/** What is read of a host to say whether it is ready to give functions away. Absent things are undefined. */
export interface ReadinessFacts {
  readonly isRoot: boolean;
  /** /proc/cpuinfo, its beginning. */
  readonly cpuinfo: string;
  readonly commandLine: string;
  /** What the firmware says of the machine (DMI). */
  readonly dmi: { readonly vendor: string | undefined; readonly product: string | undefined };
  /** /sys/hypervisor/type, `xen`. */
  readonly hypervisorType: string | undefined;
  /** Whether it is the domain of Xen that runs the machine. */
  readonly hasXenControl: boolean;
  /** What the device tree says of a hypervisor, `linux,kvm`. */
  readonly deviceTreeHypervisor: string | undefined;
  /** How an option of the kernel is set on this distribution; `{}` stands for the option. */
  readonly setOption: string;
  /** Names of IOMMU units, of IOMMU groups, of ACPI tables. */
  readonly iommuUnits: readonly string[];
  readonly groupCount: number;
  readonly acpiTables: readonly string[] | undefined;
  readonly functionCount: number;
  /** `Y` or `N`; undefined while vfio is not loaded. */
  readonly allowUnsafeInterrupts: string | undefined;
  readonly vfioPci: VfioPciFacts;
  /** Names in /dev/vfio. */
  readonly vfioNodes: readonly string[] | undefined;
  /** Soft limit of locked memory, in bytes, or `unlimited`. */
  readonly lockedMemory: string | undefined;
  /** What is chosen of the kernel's lockdown, `none`. */
  readonly lockdown: string | undefined;
  readonly selinuxEnforce: string | undefined;
  readonly apparmorEnabled: string | undefined;
  /** Whether the first function of IBM Z that says it has a unique uid; undefined where none does. */
  readonly uniqueUids: boolean | undefined;
  /** Slots of IBM Z by name, `00000017`, and whether each is configured. */
  readonly slots: ReadonlyMap<string, boolean>;
}

export interface VfioPciFacts {
  readonly registered: boolean;
  readonly isModule: boolean;
  /** Release of the running kernel. */
  readonly release: string | undefined;
  /** Whether its modules have vfio-pci; undefined when their list cannot be read. */
  readonly available: boolean | undefined;
}
