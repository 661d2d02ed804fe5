/** What a function is by its class code, in lower case, for sentences. Source: PCI Code and ID Assignment Specification, section 1. */

const SUBCLASSES: Readonly<Record<number, string>> = {
  0x0100: 'SCSI controller',
  0x0101: 'IDE controller',
  0x0104: 'RAID controller',
  0x0105: 'ATA controller',
  0x0106: 'SATA controller',
  0x0107: 'SAS controller',
  0x0108: 'NVMe controller',
  0x0200: 'Ethernet controller',
  0x0207: 'InfiniBand controller',
  0x0280: 'network controller',
  0x0300: 'VGA controller',
  0x0302: '3D controller',
  0x0380: 'display controller',
  0x0403: 'audio device',
  0x0580: 'memory controller',
  0x0600: 'host bridge',
  0x0601: 'ISA bridge',
  0x0604: 'PCI bridge',
  0x0607: 'CardBus bridge',
  0x0780: 'communication controller',
  0x0800: 'interrupt controller',
  0x0801: 'DMA controller',
  0x0c00: 'FireWire controller',
  0x0c03: 'USB controller',
  0x0c05: 'SMBus',
  0x0c80: 'serial bus controller',
  0x1200: 'processing accelerator',
};

const BASES: Readonly<Record<number, string>> = {
  0x01: 'storage controller',
  0x02: 'network controller',
  0x03: 'display controller',
  0x04: 'multimedia device',
  0x05: 'memory controller',
  0x06: 'bridge',
  0x07: 'communication controller',
  0x08: 'system peripheral',
  0x0c: 'serial bus controller',
  0x0d: 'wireless controller',
  0x10: 'encryption controller',
  0x11: 'signal processing controller',
  0x12: 'processing accelerator',
};

/** `0x010802` → `NVMe controller`; `function of class 0xff` where the specification has no word. */
export function className(pciClass: number): string {
  return SUBCLASSES[pciClass >> 8] ?? BASES[pciClass >> 16] ?? `function of class 0x${(pciClass >> 16).toString(16).padStart(2, '0')}`;
}
