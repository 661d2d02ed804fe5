/** What every use case gets: the machine, and who is asking. */
import type { ClaimGuard } from '../execute/claim-guard.ts';
import type { HostMappings } from './mapped-functions.ts';
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
  /** Of a host of a fleet: who is asked before its guests are changed. */
  readonly claims?: ClaimGuard | undefined;
  /** What mappings of its fleet stand for; missing where another machine is looked at. */
  readonly mapped?: HostMappings | undefined;
}
