/** What keeps a guest from being migrated, where functions of the host are concerned. */
import { readDomain } from '../domain/domain.ts';
import { type Hostdev, readHostdevs } from '../domain/hostdev.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { formatSelector, type GuestState } from './guest-state.ts';
import { isVfioDriver } from './node-device.ts';
import { shellWord } from '../shell-word.ts';

export interface MigrationFinding {
  readonly device: string;
  /** `blocks`; `replaced` where a teaming interface steps in; `perhaps` where a driver may move its state. */
  readonly effect: 'blocks' | 'replaced' | 'perhaps';
  readonly reason: string;
  readonly remedy: string | null;
}

export interface MigrationReport {
  readonly guest: string;
  readonly state: string;
  readonly blocked: boolean;
  readonly findings: readonly MigrationFinding[];
}

/** The driver of a function of the host; undefined where it is not known. */
export type DriverOf = (source: PciAddress) => string | undefined;

/** The mapping of a fleet by which somebody says that a function's state can be moved; undefined where nobody does. */
type MarkedBy = (source: PciAddress) => string | undefined;

/** Judges a guest as it runs, or as it is defined where it does not run. */
export function judgeMigration({ ref, state, live, config }: GuestState, driverOf: DriverOf, markedBy?: MarkedBy): MigrationReport {
  const findings = readHostdevs(readDomain(live ?? config ?? '')).map((hostdev) => findingFor(hostdev, { guest: ref.name, driverOf, markedBy }));
  return { guest: ref.name, state, blocked: findings.some(({ effect }) => effect === 'blocks'), findings };
}

interface Known {
  readonly guest: string;
  readonly driverOf: DriverOf;
  readonly markedBy: MarkedBy | undefined;
}

function findingFor(hostdev: Hostdev, { guest, driverOf, markedBy }: Known): MigrationFinding {
  const { source, type, teaming } = hostdev;
  const device = source === undefined ? `${type ?? 'unknown'} device${hostdev.alias === undefined ? '' : ` ${hostdev.alias}`}` : formatPciAddress(source);
  if (type !== 'pci') return { device, effect: 'blocks', reason: `a ${type ?? 'host'} device stays on this host`, remedy: 'take it out first' };
  if (teaming?.type === 'transient') {
    return { device, effect: 'replaced', reason: `it is taken out for the migration, and ${teaming.persistent ?? 'its partner'} stands in`, remedy: null };
  }
  const driver = source === undefined ? undefined : driverOf(source);
  if (driver !== undefined && driver !== 'vfio-pci' && isVfioDriver(driver)) {
    return { device, effect: 'perhaps', reason: `its driver ${driver} may be able to move its state`, remedy: 'QEMU tells when the migration begins' };
  }
  const mapping = source === undefined ? undefined : markedBy?.(source);
  // The kernel's vfio-pci moves no state, whatever is said of the card.
  if (mapping !== undefined && driver !== 'vfio-pci') {
    return { device, effect: 'perhaps', reason: `the mapping ${mapping} says that its state can be moved`, remedy: 'QEMU tells when the migration begins' };
  }
  const although = mapping === undefined ? '' : `, although the mapping ${mapping} says so: it is with vfio-pci`;
  return {
    device,
    effect: 'blocks',
    reason: `its state cannot be moved${although}`,
    remedy: `hostdev detach ${shellWord(guest)} ${source === undefined ? device : formatSelector({ source })} --live, and attach another one over there`,
  };
}
