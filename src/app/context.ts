/** What every use case gets: the machine, and who is asking. */
import { openMachine } from '../host/machine-port.ts';
import type { HostPort } from '../host/port.ts';

export interface AppContext {
  /** Modules that this change has loaded: they stay steps of its plan when that is made again. */
  readonly loaded?: ReadonlySet<string> | undefined;
  readonly port: HostPort;
  /** How another machine that is asked over ssh was named; missing for this one, and for copies. */
  readonly hostName?: string | undefined;
  /** Bytes of pci.ids, or undefined where the machine has none. */
  readonly readPciIds: () => Promise<Uint8Array | undefined>;
  /** Whether the process may change the machine. */
  readonly isRoot: boolean;
  /** Where the libvirt of who is asking keeps what it found out about each QEMU; missing where another machine is looked at. */
  readonly userCapabilityCache?: string | undefined;
}

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
