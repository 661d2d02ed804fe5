/** What a Debian package says about itself. */
import type { Edition } from '../edition.ts';

const MAINTAINER = 'hostdev maintainers <maintainers@hostdev.invalid>';

/** The control file (deb-control(5)). */
export function control({ version }: Edition, installedKilobytes: number): string {
  return `Package: hostdev
Version: ${debianVersion(version)}
Architecture: all
Maintainer: ${MAINTAINER}
Installed-Size: ${installedKilobytes}
Depends: nodejs (>= 20.19)
Recommends: iproute2, kmod, pci.ids, udev
Suggests: libvirt-clients, libvirt-daemon-system
Section: admin
Priority: optional
Description: give a host's PCI functions to KVM guests
 hostdev shows the PCI functions of a host and which of them are safe to give
 away, writes the libvirt XML, predicts every guest address that libvirt would
 generate, takes functions from their host drivers and gives them back, and
 plugs them into guests that run. IBM Z (zPCI), x86, Arm, POWER and RISC-V.
`;
}

/** A pre-release sorts before its release (deb-version(7)). */
export function debianVersion(version: string): string {
  return version.replace('-', '~');
}
