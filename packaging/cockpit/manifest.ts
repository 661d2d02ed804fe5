/** What Cockpit has to know of the page (https://cockpit-project.org/guide/latest/packages.html). */

/** Name of the package, which is the directory that it is in and a part of its addresses. */
export const COCKPIT_PACKAGE = 'hostdev';

/** The file manifest.json. */
export function cockpitManifest(version: string): string {
  const manifest = {
    version,
    // Since then a manifest has conditions.
    requires: { cockpit: '286' },
    // A host without PCI has nothing to show: IBM Z may have none.
    conditions: [{ 'path-exists': '/sys/bus/pci' }],
    menu: {
      index: {
        label: 'PCI functions',
        // Behind Cockpit's page of virtual machines, which has 110.
        order: 115,
        keywords: [{ matches: ['hostdev', 'pci', 'passthrough', 'vfio', 'iommu', 'sr-iov', 'virtual function', 'gpu', 'zpci', 'kvm', 'libvirt'] }],
      },
    },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
