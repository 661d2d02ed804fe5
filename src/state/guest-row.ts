/** A guest, the functions that it holds, and what is to be said about them. */
import { readDomain } from '../domain/domain.ts';
import { type Hostdev, readHostdevs } from '../domain/hostdev.ts';
import type { Problem } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import { formatFid, formatUid } from '../pci/zpci.ts';
import type { GuestState } from './guest-state.ts';
import { shellWord } from '../shell-word.ts';

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

/** What else is said of a guest: whether it starts with its host, and what its next start meets there. */
export interface GuestStart {
  readonly autostart: boolean;
  /** undefined where nothing of it is to start here: for a guest of another host, and for one that runs and does not start with its host. */
  readonly host:
    | {
        /** Addresses of its functions that the host lacks. */
        readonly absent: readonly string[];
        /** Why it cannot have others. */
        readonly refusals: readonly Problem[];
      }
    | undefined;
}

/** A guest as `hostdev guests` lists it. */
export function guestRow(guest: GuestState, { autostart, host }: GuestStart): GuestRow {
  const { ref, state, live, config } = guest;
  const functions = functionsOf(guest);
  return {
    ...{ name: ref.name, uuid: ref.uuid, id: ref.id === -1 ? null : ref.id, state, persistent: config !== undefined, autostart, functions },
    warnings: [
      ...(live === undefined || config === undefined ? [] : differenceWarnings(functions)),
      ...(host === undefined ? [] : startWarnings(ref.name, autostart, host)),
      ...(autostart && host !== undefined ? unpreparedWarnings(ref.name, functions) : []),
    ],
  };
}

/** The functions that a guest has in what runs, in its definition, or in both. */
function functionsOf(guest: GuestState): readonly HeldFunction[] {
  const known = held.get(guest);
  if (known !== undefined) return known;
  const functions = mergeFunctions(hostdevsIn(guest.live), hostdevsIn(guest.config));
  held.set(guest, functions);
  return functions;
}

/** Who lists the same guests over and over reads their XML once. */
const held = new WeakMap<GuestState, readonly HeldFunction[]>();

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

function differenceWarnings(functions: readonly HeldFunction[]): Problem[] {
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

/** What the next start of a guest fails on. One that starts with the host takes its functions before anybody looks. */
function startWarnings(guest: string, autostart: boolean, { absent, refusals }: NonNullable<GuestStart['host']>): Problem[] {
  const begin = autostart ? `${guest} starts with the host, but` : `${guest} cannot start here:`;
  return [
    ...absent.map((address) => ({
      code: 'function-unknown' as const,
      severity: 'warning' as const,
      subject: address,
      message: `${begin} the host has no ${address}`,
      hint: autostart ? 'it will not start' : "'hostdev list' shows what there is; swap it for another one, or detach it",
    })),
    ...refusals.map(({ code, subject = guest, message, hint: usual }) => {
      // What lists guests has no --group.
      const forGroup = `a group goes to vfio as a whole: give the rest to this guest too ('hostdev attach ${shellWord(guest)} ADDRESS'), or prepare it`;
      const hint = code === 'group-incomplete' ? forGroup : usual;
      return { code, severity: 'warning' as const, subject, message: `${begin} ${message}`, ...(hint === undefined ? {} : { hint }) };
    }),
  ];
}

function unpreparedWarnings(guest: string, functions: readonly HeldFunction[]): Problem[] {
  const unmanaged = functions.filter(({ config, managed }) => config && !managed).map(({ address }) => address);
  if (unmanaged.length === 0) return [];
  return [
    {
      code: 'function-not-prepared' as const,
      severity: 'warning' as const,
      subject: guest,
      message: `${guest} starts with the host, and ${unmanaged.join(', ')} must be with vfio-pci by then`,
      hint: `hostdev prepare --persist ${unmanaged.join(' ')}`,
    },
  ];
}
