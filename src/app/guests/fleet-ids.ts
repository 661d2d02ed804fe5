/** Ids of IBM Z that a fleet keeps for functions, where nobody wrote others: no two guests of it have the same. */
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { readDomain } from '../../domain/domain.ts';
import { zpciIdsOf } from '../../domain/zpci-ids.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { formatPciAddress, samePciAddress } from '../../pci/address.ts';
import { joinZpciIds, type ZpciIdSets } from '../../pci/zpci.ts';
import type { ChangedGuest } from '../../plan/attach-to-guest.ts';
import type { AppContext } from '../context.ts';
import { viewHost } from '../host-view.ts';

/** On a machine that is no host of a fleet, of functions that have no ids, and in a guest that has no place for them, as they are. @throws {HostdevError} what keeps the fleet from being asked. */
export async function withFleetIds(
  view: AppContext,
  link: Pick<LibvirtLink, 'isLocal'>,
  { guest: { state, parts }, specs }: { readonly guest: ChangedGuest; readonly specs: readonly HostdevSpec[] },
  signal: AbortSignal | undefined,
): Promise<readonly HostdevSpec[]> {
  // What is elsewhere is none of this host's.
  if (view.claims === undefined || !link.isLocal || specs.length === 0) return specs;
  const { arch } = readDomain(state.live ?? state.config ?? '');
  if (arch !== undefined && arch !== 's390x') return specs;
  const { functions } = (await viewHost(view)).state;
  const open = specs.filter(
    ({ source, zpci }) => zpci === undefined && functions.some((each) => samePciAddress(each.address, source) && each.zpci !== undefined),
  );
  if (open.length === 0) return specs;
  const addresses = open.map(({ source }) => formatPciAddress(source));
  const ids = await view.claims.ids(
    { guest: state.ref, addresses, inGuest: idsIn([parts.live ? state.live : undefined, parts.config ? state.config : undefined], specs) },
    signal,
  );
  return specs.map((spec) => {
    const zpci = open.includes(spec) ? ids.get(formatPciAddress(spec.source)) : undefined;
    return zpci === undefined ? spec : { ...spec, zpci };
  });
}

/** Of what is to be changed, and what was asked for besides. */
function idsIn(definitions: readonly (string | undefined)[], specs: readonly HostdevSpec[]): ZpciIdSets {
  const asked = { uid: new Set(specs.flatMap(({ zpci }) => zpci?.uid ?? [])), fid: new Set(specs.flatMap(({ zpci }) => zpci?.fid ?? [])) };
  return joinZpciIds([...definitions.flatMap((xml) => (xml === undefined ? [] : [zpciIdsOf(readDomain(xml))])), asked]);
}
