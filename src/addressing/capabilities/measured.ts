/** What QEMUs of Debian can do, as libvirt found out; made by lab/presets.ts, not by hand. */
import { wordTable } from '../../word-table.ts';

/** The QEMUs that were asked, oldest first. */
export const MEASURED_QEMUS = ['7.2', '10.0', '11.1'] as const;

/** Names by which of the QEMUs have them: a digit each, 1 or 0. */
type Presence = Readonly<Record<string, string>>;

export interface MeasuredArchitecture {
  readonly defaultMachine: string;
  readonly flags: Presence;
  readonly machines: Presence;
}

export const MEASURED = wordTable<MeasuredArchitecture>({
  x86_64: {
    defaultMachine: 'pc',
    flags: {
      '111':
        'am53c974 bochs-display ccid-emulated ccid-passthru cirrus-vga dc390 dmi-to-pci-bridge e1000 ich9-ahci ich9-intel-hda ich9-usb-ehci1 ioh3420 ivshmem-doorbell ivshmem-plain lsi megasas mptsas1068 nec-usb-xhci pci-bridge pci-ohci pcie-pci-bridge pcie-root-port pcie-root-port.hotplug piix3-usb-uhci piix4-usb-uhci piix4.acpi-root-pci-hotplug pvpanic pvscsi pxb pxb-pcie qemu-xhci ramfb rtl8139 usb-ehci usb-hub usb-kbd usb-redir usb-storage vfio-pci VGA virtio-iommu.boot-bypass virtio-mem-pci virtio-mmio virtio-net virtio-pci-non-transitional virtio-pmem-pci virtio-scsi-pci vmware-svga x3130-upstream xio3130-downstream',
      '100': 'qxl',
      '011': 'pvpanic-pci',
      '001': 'acpi-generic-initiator iommufd',
    },
    machines: {
      '111':
        'isapc microvm pc pc-i440fx-5.2 pc-i440fx-6.0 pc-i440fx-6.1 pc-i440fx-6.2 pc-i440fx-7.0 pc-i440fx-7.1 pc-i440fx-7.2 pc-q35-5.2 pc-q35-6.0 pc-q35-6.1 pc-q35-6.2 pc-q35-7.0 pc-q35-7.1 pc-q35-7.2 q35 x-remote',
      '110':
        'pc-i440fx-2.4 pc-i440fx-2.5 pc-i440fx-2.6 pc-i440fx-2.7 pc-i440fx-2.8 pc-i440fx-2.9 pc-i440fx-2.10 pc-i440fx-2.11 pc-i440fx-2.12 pc-i440fx-3.0 pc-i440fx-3.1 pc-i440fx-4.0 pc-i440fx-4.1 pc-i440fx-4.2 pc-i440fx-5.0 pc-i440fx-5.1 pc-q35-2.4 pc-q35-2.5 pc-q35-2.6 pc-q35-2.7 pc-q35-2.8 pc-q35-2.9 pc-q35-2.10 pc-q35-2.11 pc-q35-2.12 pc-q35-3.0 pc-q35-3.1 pc-q35-4.0 pc-q35-4.0.1 pc-q35-4.1 pc-q35-4.2 pc-q35-5.0 pc-q35-5.1',
      '100': 'pc-i440fx-1.4 pc-i440fx-1.5 pc-i440fx-1.6 pc-i440fx-1.7 pc-i440fx-2.0 pc-i440fx-2.1 pc-i440fx-2.2 pc-i440fx-2.3',
      '011':
        'pc-i440fx-8.0 pc-i440fx-8.1 pc-i440fx-8.2 pc-i440fx-9.0 pc-i440fx-9.1 pc-i440fx-9.2 pc-i440fx-10.0 pc-q35-8.0 pc-q35-8.1 pc-q35-8.2 pc-q35-9.0 pc-q35-9.1 pc-q35-9.2 pc-q35-10.0',
      '001': 'nitro pc-i440fx-10.1 pc-i440fx-10.2 pc-i440fx-11.0 pc-i440fx-11.1 pc-q35-10.1 pc-q35-10.2 pc-q35-11.0 pc-q35-11.1',
    },
  },
  i686: {
    defaultMachine: 'pc',
    flags: {
      '111':
        'am53c974 bochs-display ccid-emulated ccid-passthru cirrus-vga dc390 dmi-to-pci-bridge e1000 ich9-ahci ich9-intel-hda ich9-usb-ehci1 ioh3420 ivshmem-doorbell ivshmem-plain lsi megasas mptsas1068 nec-usb-xhci pci-bridge pci-ohci pcie-pci-bridge pcie-root-port pcie-root-port.hotplug piix3-usb-uhci piix4-usb-uhci piix4.acpi-root-pci-hotplug pvpanic pvscsi pxb pxb-pcie qemu-xhci ramfb rtl8139 usb-ehci usb-hub usb-kbd usb-redir usb-storage vfio-pci VGA virtio-iommu.boot-bypass virtio-mem-pci virtio-mmio virtio-net virtio-pci-non-transitional virtio-pmem-pci virtio-scsi-pci vmware-svga x3130-upstream xio3130-downstream',
      '100': 'qxl',
      '011': 'pvpanic-pci',
      '001': 'acpi-generic-initiator iommufd',
    },
    machines: {
      '111':
        'isapc microvm pc pc-i440fx-5.2 pc-i440fx-6.0 pc-i440fx-6.1 pc-i440fx-6.2 pc-i440fx-7.0 pc-i440fx-7.1 pc-i440fx-7.2 pc-q35-5.2 pc-q35-6.0 pc-q35-6.1 pc-q35-6.2 pc-q35-7.0 pc-q35-7.1 pc-q35-7.2 q35 x-remote',
      '110':
        'pc-i440fx-2.4 pc-i440fx-2.5 pc-i440fx-2.6 pc-i440fx-2.7 pc-i440fx-2.8 pc-i440fx-2.9 pc-i440fx-2.10 pc-i440fx-2.11 pc-i440fx-2.12 pc-i440fx-3.0 pc-i440fx-3.1 pc-i440fx-4.0 pc-i440fx-4.1 pc-i440fx-4.2 pc-i440fx-5.0 pc-i440fx-5.1 pc-q35-2.4 pc-q35-2.5 pc-q35-2.6 pc-q35-2.7 pc-q35-2.8 pc-q35-2.9 pc-q35-2.10 pc-q35-2.11 pc-q35-2.12 pc-q35-3.0 pc-q35-3.1 pc-q35-4.0 pc-q35-4.0.1 pc-q35-4.1 pc-q35-4.2 pc-q35-5.0 pc-q35-5.1',
      '100': 'pc-i440fx-1.4 pc-i440fx-1.5 pc-i440fx-1.6 pc-i440fx-1.7 pc-i440fx-2.0 pc-i440fx-2.1 pc-i440fx-2.2 pc-i440fx-2.3',
      '011':
        'pc-i440fx-8.0 pc-i440fx-8.1 pc-i440fx-8.2 pc-i440fx-9.0 pc-i440fx-9.1 pc-i440fx-9.2 pc-i440fx-10.0 pc-q35-8.0 pc-q35-8.1 pc-q35-8.2 pc-q35-9.0 pc-q35-9.1 pc-q35-9.2 pc-q35-10.0',
      '001': 'pc-i440fx-10.1 pc-i440fx-10.2 pc-i440fx-11.0 pc-i440fx-11.1 pc-q35-10.1 pc-q35-10.2 pc-q35-11.0 pc-q35-11.1',
    },
  },
  aarch64: {
    defaultMachine: 'virt',
    flags: {
      '111':
        'am53c974 bochs-display ccid-emulated ccid-passthru cirrus-vga dc390 dmi-to-pci-bridge e1000 ich9-ahci ich9-intel-hda ich9-usb-ehci1 ioh3420 ivshmem-doorbell ivshmem-plain lsi megasas mptsas1068 nec-usb-xhci pci-bridge pci-ohci pcie-pci-bridge pcie-root-port pcie-root-port.hotplug piix3-usb-uhci piix4-usb-uhci pvscsi pxb pxb-pcie qemu-xhci ramfb rtl8139 usb-ehci usb-hub usb-kbd usb-redir usb-storage vfio-pci VGA virtio-iommu.boot-bypass virtio-mem-pci virtio-mmio virtio-net virtio-pci-non-transitional virtio-scsi-pci x3130-upstream xio3130-downstream',
      '100': 'vmware-svga',
      '011': 'pvpanic-pci',
      '001': 'acpi-generic-initiator iommufd',
    },
    machines: {
      '111':
        'ast1030-evb ast2500-evb ast2600-evb bletchley-bmc canon-a1100 collie cubieboard emcraft-sf2 fby35-bmc fuji-bmc g220a-bmc imx25-pdk integratorcp kudo-bmc kzm lm3s811evb lm3s6965evb mcimx6ul-evk mcimx7d-sabre microbit mori-bmc mps2-an385 mps2-an386 mps2-an500 mps2-an505 mps2-an511 mps2-an521 mps3-an524 mps3-an547 musca-a musca-b1 musicpal netduino2 netduinoplus2 npcm750-evb nuri orangepi-pc palmetto-bmc quanta-gbs-bmc quanta-gsj quanta-q71l-bmc rainier-bmc raspi0 raspi1ap raspi2b raspi3ap raspi3b realview-eb realview-eb-mpcore realview-pb-a8 realview-pbx-a9 romulus-bmc sabrelite sbsa-ref smdkc210 stm32vldiscovery supermicrox11-bmc sx1 sx1-v1 versatileab versatilepb vexpress-a9 vexpress-a15 virt virt-5.2 virt-6.0 virt-6.1 virt-6.2 virt-7.0 virt-7.1 virt-7.2 witherspoon-bmc xilinx-zynq-a9 xlnx-versal-virt xlnx-zcu102',
      '110':
        'fby35 fp5280g2-bmc highbank midway qcom-dc-scm-v1-bmc qcom-firework-bmc sonorapass-bmc virt-2.6 virt-2.7 virt-2.8 virt-2.9 virt-2.10 virt-2.11 virt-2.12 virt-3.0 virt-3.1 virt-4.0 virt-4.1 virt-4.2 virt-5.0 virt-5.1',
      '100': 'akita borzoi cheetah connex mainstone n800 n810 spitz tacoma-bmc terrier tosa verdex z2',
      '011':
        'ast2700-evb ast2700a1-evb b-l475e-iot01a bpim2u imx8mp-evk mps3-an536 npcm845-evb olimex-stm32-h405 raspi4b supermicro-x11spi-bmc tiogapass-bmc virt-8.0 virt-8.1 virt-8.2 virt-9.0 virt-9.1 virt-9.2 virt-10.0 yosemitev2-bmc',
      '010': 'ast2700a0-evb',
      '001':
        'amd-versal-virt amd-versal2-virt anacapa-bmc ast1040-evb ast1060-evb ast2700a2-evb ast2700fc catalina-bmc gb200nvl-bmc imx8mm-evk max78000fthr virt-10.1 virt-10.2 virt-11.0 virt-11.1',
    },
  },
  armv7l: {
    defaultMachine: 'virt',
    flags: {
      '111':
        'am53c974 bochs-display ccid-emulated ccid-passthru cirrus-vga dc390 dmi-to-pci-bridge e1000 ich9-ahci ich9-intel-hda ich9-usb-ehci1 ioh3420 ivshmem-doorbell ivshmem-plain lsi megasas mptsas1068 nec-usb-xhci pci-bridge pci-ohci pcie-pci-bridge pcie-root-port pcie-root-port.hotplug piix3-usb-uhci piix4-usb-uhci pvscsi pxb pxb-pcie qemu-xhci ramfb rtl8139 usb-ehci usb-hub usb-kbd usb-redir usb-storage vfio-pci VGA virtio-iommu.boot-bypass virtio-mem-pci virtio-mmio virtio-net virtio-pci-non-transitional virtio-scsi-pci x3130-upstream xio3130-downstream',
      '100': 'vmware-svga',
      '011': 'pvpanic-pci',
      '001': 'acpi-generic-initiator iommufd',
    },
    machines: {
      '111':
        'ast1030-evb ast2500-evb ast2600-evb bletchley-bmc canon-a1100 collie cubieboard emcraft-sf2 fby35-bmc fuji-bmc g220a-bmc imx25-pdk integratorcp kudo-bmc kzm lm3s811evb lm3s6965evb mcimx6ul-evk mcimx7d-sabre microbit mori-bmc mps2-an385 mps2-an386 mps2-an500 mps2-an505 mps2-an511 mps2-an521 mps3-an524 mps3-an547 musca-a musca-b1 musicpal netduino2 netduinoplus2 npcm750-evb nuri orangepi-pc palmetto-bmc quanta-gbs-bmc quanta-gsj quanta-q71l-bmc rainier-bmc raspi0 raspi1ap raspi2b realview-eb realview-eb-mpcore realview-pb-a8 realview-pbx-a9 romulus-bmc sabrelite smdkc210 stm32vldiscovery supermicrox11-bmc sx1 sx1-v1 versatileab versatilepb vexpress-a9 vexpress-a15 virt virt-5.2 virt-6.0 virt-6.1 virt-6.2 virt-7.0 virt-7.1 virt-7.2 witherspoon-bmc xilinx-zynq-a9',
      '110':
        'fby35 fp5280g2-bmc highbank midway qcom-dc-scm-v1-bmc qcom-firework-bmc sonorapass-bmc virt-2.6 virt-2.7 virt-2.8 virt-2.9 virt-2.10 virt-2.11 virt-2.12 virt-3.0 virt-3.1 virt-4.0 virt-4.1 virt-4.2 virt-5.0 virt-5.1',
      '100': 'akita borzoi cheetah connex mainstone n800 n810 spitz tacoma-bmc terrier tosa verdex z2',
      '011':
        'b-l475e-iot01a bpim2u mps3-an536 olimex-stm32-h405 supermicro-x11spi-bmc tiogapass-bmc virt-8.0 virt-8.1 virt-8.2 virt-9.0 virt-9.1 virt-9.2 virt-10.0 yosemitev2-bmc',
      '001': 'anacapa-bmc ast1040-evb ast1060-evb catalina-bmc gb200nvl-bmc max78000fthr virt-10.1 virt-10.2 virt-11.0 virt-11.1',
    },
  },
  riscv64: {
    defaultMachine: 'virt',
    flags: {
      '111':
        'am53c974 bochs-display ccid-emulated ccid-passthru cirrus-vga dc390 dmi-to-pci-bridge e1000 ich9-ahci ich9-intel-hda ich9-usb-ehci1 ioh3420 ivshmem-doorbell ivshmem-plain lsi megasas mptsas1068 nec-usb-xhci pci-bridge pci-ohci pcie-pci-bridge pcie-root-port pcie-root-port.hotplug piix3-usb-uhci piix4-usb-uhci pvscsi qemu-xhci ramfb rtl8139 usb-ehci usb-hub usb-kbd usb-redir usb-storage vfio-pci VGA virtio-iommu.boot-bypass virtio-mmio virtio-net virtio-pci-non-transitional virtio-scsi-pci x3130-upstream xio3130-downstream',
      '100': 'vmware-svga',
      '011': 'pvpanic-pci',
      '001': 'acpi-generic-initiator',
    },
    machines: {
      '111': 'microchip-icicle-kit shakti_c sifive_e sifive_u spike virt',
      '011': 'amd-microblaze-v-generic',
      '001': 'boston-aia k230 tt-atlantis xiangshan-kunminghu',
    },
  },
  riscv32: {
    defaultMachine: 'virt',
    flags: {
      '111':
        'am53c974 bochs-display ccid-emulated ccid-passthru cirrus-vga dc390 dmi-to-pci-bridge e1000 ich9-ahci ich9-intel-hda ich9-usb-ehci1 ioh3420 ivshmem-doorbell ivshmem-plain lsi megasas mptsas1068 nec-usb-xhci pci-bridge pci-ohci pcie-pci-bridge pcie-root-port pcie-root-port.hotplug piix3-usb-uhci piix4-usb-uhci pvscsi qemu-xhci ramfb rtl8139 usb-ehci usb-hub usb-kbd usb-redir usb-storage vfio-pci VGA virtio-iommu.boot-bypass virtio-mmio virtio-net virtio-pci-non-transitional virtio-scsi-pci x3130-upstream xio3130-downstream',
      '100': 'vmware-svga',
      '011': 'pvpanic-pci',
      '001': 'acpi-generic-initiator',
    },
    machines: {
      '111': 'opentitan sifive_e sifive_u spike virt',
      '011': 'amd-microblaze-v-generic',
    },
  },
  ppc64: {
    defaultMachine: 'pseries',
    flags: {
      '111':
        'am53c974 bochs-display ccid-emulated ccid-passthru cirrus-vga dc390 dmi-to-pci-bridge e1000 ich9-ahci ich9-intel-hda ich9-usb-ehci1 ioh3420 ivshmem-doorbell ivshmem-plain lsi megasas mptsas1068 nec-usb-xhci pci-bridge pci-ohci pcie-pci-bridge pcie-root-port pcie-root-port.hotplug piix3-usb-uhci piix4-usb-uhci pvscsi qemu-xhci rtl8139 spapr-pci-host-bridge spapr-pci-host-bridge.numa_node usb-ehci usb-hub usb-kbd usb-redir usb-storage vfio-pci VGA virtio-iommu.boot-bypass virtio-net virtio-pci-non-transitional virtio-scsi-pci vt82c686b-usb-uhci x3130-upstream xio3130-downstream',
      '100': 'piix4.acpi-root-pci-hotplug vmware-svga',
      '011': 'pvpanic-pci',
    },
    machines: {
      '111':
        '40p bamboo g3beige mac99 mpc8544ds pegasos2 powernv powernv8 powernv9 powernv10 ppce500 pseries pseries-5.2 pseries-6.0 pseries-6.1 pseries-6.2 pseries-7.0 pseries-7.1 pseries-7.2 sam460ex virtex-ml507',
      '110': 'pseries-3.0 pseries-3.1 pseries-4.0 pseries-4.1 pseries-4.2 pseries-5.0 pseries-5.1',
      '100':
        'pseries-2.1 pseries-2.2 pseries-2.3 pseries-2.4 pseries-2.5 pseries-2.6 pseries-2.7 pseries-2.8 pseries-2.9 pseries-2.10 pseries-2.11 pseries-2.12 pseries-2.12-sxxm ref405ep',
      '011': 'amigaone powernv10-rainier pseries-8.0 pseries-8.1 pseries-8.2 pseries-9.0 pseries-9.1 pseries-9.2 pseries-10.0',
      '001': 'pegasos1 powernv11 ppe42_machine pseries-10.1 pseries-10.2 pseries-11.0 pseries-11.1',
    },
  },
  ppc: {
    defaultMachine: 'g3beige',
    flags: {
      '111':
        'am53c974 bochs-display ccid-emulated ccid-passthru cirrus-vga dc390 dmi-to-pci-bridge e1000 ich9-ahci ich9-intel-hda ich9-usb-ehci1 ioh3420 ivshmem-doorbell ivshmem-plain lsi megasas mptsas1068 nec-usb-xhci pci-bridge pci-ohci pcie-pci-bridge pcie-root-port pcie-root-port.hotplug piix3-usb-uhci piix4-usb-uhci pvscsi qemu-xhci rtl8139 usb-ehci usb-hub usb-kbd usb-redir usb-storage vfio-pci VGA virtio-iommu.boot-bypass virtio-net virtio-pci-non-transitional virtio-scsi-pci vt82c686b-usb-uhci x3130-upstream xio3130-downstream',
      '100': 'piix4.acpi-root-pci-hotplug vmware-svga',
      '011': 'pvpanic-pci',
    },
    machines: {
      '111': '40p bamboo g3beige mac99 mpc8544ds pegasos2 ppce500 sam460ex virtex-ml507',
      '100': 'ref405ep',
      '011': 'amigaone',
      '001': 'pegasos1 ppe42_machine',
    },
  },
  s390x: {
    defaultMachine: 's390-ccw-virtio',
    flags: {
      '111': 'pci-bridge vfio-ap vfio-ccw vfio-pci virtio-iommu.boot-bypass virtio-net virtio-pci-non-transitional virtio-scsi-pci zpci',
      '011': 'ccid-emulated ccid-passthru qemu-xhci usb-hub usb-kbd usb-redir usb-storage virtio-ccw.loadparm virtio-mem-ccw virtio-mem-pci',
      '001': 'iommufd',
    },
    machines: {
      '111':
        's390-ccw-virtio s390-ccw-virtio-5.2 s390-ccw-virtio-6.0 s390-ccw-virtio-6.1 s390-ccw-virtio-6.2 s390-ccw-virtio-7.0 s390-ccw-virtio-7.1 s390-ccw-virtio-7.2',
      '110':
        's390-ccw-virtio-2.9 s390-ccw-virtio-2.10 s390-ccw-virtio-2.11 s390-ccw-virtio-2.12 s390-ccw-virtio-3.0 s390-ccw-virtio-3.1 s390-ccw-virtio-4.0 s390-ccw-virtio-4.1 s390-ccw-virtio-4.2 s390-ccw-virtio-5.0 s390-ccw-virtio-5.1',
      '100': 's390-ccw-virtio-2.4 s390-ccw-virtio-2.5 s390-ccw-virtio-2.6 s390-ccw-virtio-2.7 s390-ccw-virtio-2.8',
      '011': 's390-ccw-virtio-8.0 s390-ccw-virtio-8.1 s390-ccw-virtio-8.2 s390-ccw-virtio-9.0 s390-ccw-virtio-9.1 s390-ccw-virtio-9.2 s390-ccw-virtio-10.0',
      '001': 's390-ccw-virtio-10.1 s390-ccw-virtio-10.2 s390-ccw-virtio-11.0 s390-ccw-virtio-11.1',
    },
  },
});
