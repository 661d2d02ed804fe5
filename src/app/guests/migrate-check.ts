/** `hostdev migrate-check GUEST`: what keeps a guest from being migrated, where functions of the host are concerned. */
import { readDomain } from '../../domain/domain.ts';
import { type Hostdev, readHostdevs } from '../../domain/hostdev.ts';
import { readNodeDevice } from '../../host/inventory.ts';
import { isVfioDriver } from '../../state/node-device.ts';
import { formatPciAddress } from '../../pci/address.ts';
import type { AppContext } from '../context.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { openGuest } from '../../guest/libvirt/read-guest.ts';
import { formatSelector } from '../../state/guest-state.ts';

interface MigrationFinding {
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

export async function checkMigration(context: AppContext, link: LibvirtLink, word: string): Promise<MigrationReport> {
  const { ref, state, live, config } = await openGuest(await link.get(), word);
  const hostdevs = readHostdevs(readDomain(live ?? config ?? ''));
  const findings = await Promise.all(hostdevs.map((hostdev) => judge(context, link.isLocal, hostdev, ref.name)));
  return { guest: ref.name, state, blocked: findings.some(({ effect }) => effect === 'blocks'), findings };
}

async function judge({ port }: AppContext, isLocal: boolean, hostdev: Hostdev, guest: string): Promise<MigrationFinding> {
  const { source, type, teaming } = hostdev;
  const device = source === undefined ? `${type ?? 'unknown'} device${hostdev.alias === undefined ? '' : ` ${hostdev.alias}`}` : formatPciAddress(source);
  if (type !== 'pci') return { device, effect: 'blocks', reason: `a ${type ?? 'host'} device stays on this host`, remedy: 'take it out first' };
  if (teaming?.type === 'transient') {
    return { device, effect: 'replaced', reason: `it is taken out for the migration, and ${teaming.persistent ?? 'its partner'} stands in`, remedy: null };
  }
  const driver = source === undefined || !isLocal ? undefined : (await readNodeDevice(port, source))?.driver;
  if (driver !== undefined && driver !== 'vfio-pci' && isVfioDriver(driver)) {
    return { device, effect: 'perhaps', reason: `its driver ${driver} may be able to move its state`, remedy: 'QEMU tells when the migration begins' };
  }
  return {
    device,
    effect: 'blocks',
    reason: 'its state cannot be moved',
    remedy: `hostdev detach ${guest} ${source === undefined ? device : formatSelector({ source })} --live, and attach another one over there`,
  };
}
