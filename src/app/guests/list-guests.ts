/** `hostdev guests`: guests of a libvirt and the functions they hold. */
import { readDomain } from '../../domain/domain.ts';
import { type Hostdev, readHostdevs } from '../../domain/hostdev.ts';
import type { Problem } from '../../errors.ts';
import { readNodeDevice } from '../../host/inventory.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { formatFid, formatUid } from '../../pci/zpci.ts';
import { type Libvirt, overMany } from '../../libvirt/index.ts';
import type { AppContext } from '../context.ts';
import { readFound, unlessGone } from '../../guest/libvirt/read-guest.ts';
import type { GuestState } from '../../state/guest-state.ts';

/** A function that a guest holds or will hold. */
interface HeldFunction {
  readonly address: string;
  /** In the guest that runs; in the definition where it does not run. */
  readonly guestAddress: string | null;
  readonly uid: string | null;
  readonly fid: string | null;
  readonly managed: boolean;
  readonly live: boolean;
  readonly config: boolean;
  readonly alias: string | null;
  readonly mac: string | null;
}

export interface GuestRow {
  readonly name: string;
  readonly uuid: string;
  readonly id: number | null;
  readonly state: string;
  readonly persistent: boolean;
  readonly autostart: boolean;
  readonly functions: readonly HeldFunction[];
  readonly warnings: readonly Problem[];
}

/** Every guest, by name. */
export async function listGuests(context: AppContext, libvirt: Libvirt): Promise<GuestRow[]> {
  const domains = await libvirt.listDomains();
  const rows = await overMany(libvirt, domains, async (each, domain) => {
    const guest = await readFound(each, domain).catch(unlessGone);
    return guest === undefined ? [] : [await toRow(context, each, guest)];
  });
  return rows.flat().sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function toRow(context: AppContext, libvirt: Libvirt, guest: GuestState): Promise<GuestRow> {
  const { ref, state, live, config } = guest;
  const functions = mergeFunctions(hostdevsIn(live), hostdevsIn(config));
  const autostart = config !== undefined && (await libvirt.autostart(ref));
  return {
    name: ref.name,
    uuid: ref.uuid,
    id: ref.id === -1 ? null : ref.id,
    state,
    persistent: config !== undefined,
    autostart,
    functions,
    warnings: [...differenceWarnings(guest, functions), ...(autostart && libvirt.isLocal ? await autostartWarnings(context, ref.name, functions) : [])],
  };
}

function hostdevsIn(xml: string | undefined): Hostdev[] {
  return xml === undefined ? [] : readHostdevs(readDomain(xml)).filter(({ source }) => source !== undefined);
}

function mergeFunctions(live: readonly Hostdev[], config: readonly Hostdev[]): HeldFunction[] {
  const name = ({ source }: Hostdev): string => (source === undefined ? '' : formatPciAddress(source));
  const names = [...new Set([...live, ...config].map(name))];
  return names.flatMap((address) => {
    const [running, defined] = [live.find((each) => name(each) === address), config.find((each) => name(each) === address)];
    const shown = running ?? defined;
    if (shown === undefined) return [];
    const { pci, zpci } = shown.address ?? {};
    return [
      {
        address,
        guestAddress: pci === undefined ? null : formatPciAddress(pci),
        uid: zpci?.uid === undefined ? null : formatUid(zpci.uid),
        fid: zpci?.fid === undefined ? null : formatFid(zpci.fid),
        managed: shown.managed,
        live: running !== undefined,
        config: defined !== undefined,
        alias: running?.alias ?? null,
        mac: shown.mac ?? null,
      },
    ];
  });
}

function differenceWarnings({ live, config }: GuestState, functions: readonly HeldFunction[]): Problem[] {
  if (live === undefined || config === undefined) return [];
  return functions
    .filter((each) => each.live !== each.config)
    .map((each) => ({
      code: 'guest-changed' as const,
      severity: 'warning' as const,
      subject: each.address,
      message: each.live
        ? `${each.address} is gone when the guest is started next: the definition does not have it`
        : `${each.address} comes when the guest is started next`,
    }));
}

/** A guest that starts with the host takes its functions before anybody looks. */
async function autostartWarnings(context: AppContext, guest: string, functions: readonly HeldFunction[]): Promise<Problem[]> {
  const wanted = functions.filter(({ config }) => config);
  if (wanted.length === 0) return [];
  const absent = [];
  for (const { address } of wanted) {
    if ((await readNodeDevice(context.port, parsePciAddress(address))) === undefined) absent.push(address);
  }
  const unmanaged = wanted.filter(({ managed }) => !managed).map(({ address }) => address);
  return [
    ...absent.map((address) => ({
      code: 'function-unknown' as const,
      severity: 'warning' as const,
      subject: address,
      message: `${guest} starts with the host, but the host has no ${address}`,
      hint: 'it will not start',
    })),
    ...(unmanaged.length === 0
      ? []
      : [
          {
            code: 'function-not-prepared' as const,
            severity: 'warning' as const,
            subject: guest,
            message: `${guest} starts with the host, and ${unmanaged.join(', ')} must be with vfio-pci by then`,
            hint: `hostdev prepare --persist ${unmanaged.join(' ')}`,
          },
        ]),
  ];
}
