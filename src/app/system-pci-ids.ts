/** The names of cards that this machine has. */
import { openMachine } from '../host/machine-port.ts';

/** It has 1.5 MB. */
const PCI_IDS_LIMIT = 32 * 1024 * 1024;

const PCI_IDS = ['/usr/share/misc/pci.ids', '/usr/share/hwdata/pci.ids', '/usr/share/pci.ids'];

/** Reads the first pci.ids of the usual places. Names are those of the running machine, whatever tree is read. */
export async function readSystemPciIds(): Promise<Uint8Array | undefined> {
  const { read } = openMachine();
  for (const path of PCI_IDS) {
    try {
      const bytes = await read(path, PCI_IDS_LIMIT);
      if (bytes !== undefined) return bytes;
    } catch {
      // The next place may have it; without any, ids are shown as numbers.
    }
  }
  return undefined;
}
