/** Hiding what people put on the kernel's command line and into options of modules: what has no bearing on PCI may be a password or a key. */

/** Parameters whose values plans depend on, or that cannot be secret. Source: the kernel's list of command-line parameters. */
const HARMLESS =
  /^(?:BOOT_IMAGE|initrd|root|rootflags|rootfstype|console|video|(?:intel_|amd_)?iommu(?:\..*)?|amd_iommu_.*|pci|pcie_.*|pcie_aspm|vfio.*|kvm.*|zpci|rd\.driver\..*|(?:module|modprobe)[._-]?blacklist|hugepages.*|default_hugepagesz|isolcpus|mem|maxcpus|nosmt|mitigations|lockdown|module\.sig_enforce)$/;

/** Modules whose options decide who takes a function. */
const TOLD_MODULES = /^(?:vfio(?:[_-].*)?|mlx5[_-]vfio[_-]pci|kvm(?:[_-].*)?|pci[_-]stub)$/;

/** Words without a value stay; values of parameters that nobody needs to know are hidden. A quoted value may have blanks. */
export function hideKernelParameters(text: string): string {
  return text.replaceAll(/(?:[^\s"]|"[^"]*")+/g, (word) => {
    const [, quote = '', name = '', value] = /^("?)([^=]*)=([\s\S]*)$/.exec(word) ?? [];
    return value === undefined || HARMLESS.test(name) ? word : `${quote}${name}=hidden${quote}`;
  });
}

/** Lines of modprobe.d(5): values of options of other modules, and commands that are run instead of loading a module. */
export function hideModuleOptions(text: string): string {
  return text.replaceAll(/^(\s*)(options|install|remove)(\s+)(\S+)(.*)$/gm, (line: string, ...groups: string[]) => {
    const [indent = '', word = '', blank = '', module = '', rest = ''] = groups;
    if (word === 'options') return TOLD_MODULES.test(module) ? line : `${indent}${word}${blank}${module}${rest.replaceAll(/=(?:"[^"]*"|\S+)/g, '=hidden')}`;
    // Whether a module cannot be loaded at all is something plans depend on.
    return /^\s+\/(?:usr\/)?bin\/(?:false|true)\s*$/.test(rest) ? line : `${indent}${word}${blank}${module} hidden`;
  });
}
