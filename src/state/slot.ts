/** A slot of IBM Z and its function. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import { slotOfFid } from '../pci/slot.ts';
import { definedUid, formatFid, formatUid } from '../pci/zpci.ts';
import type { NodeDevice } from './node-device.ts';

/** One slot as `--json` prints it. */
export interface Slot {
  /** zPCI function id, 0x00000000–0xffffffff. */
  readonly fid: string;
  readonly state: 'configured' | 'standby';
  /** Address of the function while it is configured. */
  readonly address: string | null;
  readonly uid: string | null;
  readonly driver: string | null;
}

/** The state that a slot is to have. */
export type SlotState = Slot['state'];

/** A slot by its directory; `power` is 1 while its function is configured. */
export function slotOf(name: string, power: string | undefined, functions: readonly NodeDevice[]): Slot {
  const fid = Number.parseInt(name, 16);
  const device = functions.find(({ zpci }) => zpci?.fid === fid);
  const uid = definedUid(device?.zpci?.uid);
  return {
    fid: formatFid(fid),
    state: power === '1' ? 'configured' : 'standby',
    address: device === undefined ? null : formatPciAddress(device.address),
    uid: uid === undefined ? null : formatUid(uid),
    driver: device?.driver ?? null,
  };
}

const ELSEWHERE = 'slots are switched on IBM Z; elsewhere functions are always there';

/** @throws {HostdevError} `slot-unknown` where there are no slots of functions. */
export function requireSlots<T>(slots: readonly T[]): readonly T[] {
  if (slots.length > 0) return slots;
  throw noSlots();
}

function noSlots(fid?: string): HostdevError {
  const words = fid === undefined ? '' : `, so none for function id ${fid}`;
  return new HostdevError('slot-unknown', `this machine has no slots of zPCI functions${words}`, { subject: fid, hint: ELSEWHERE });
}

/**
 * The slot of a function id, among those that there are.
 *
 * @throws {HostdevError} `slot-unknown`. Slots are named in hexadecimal, so that a number without 0x may have been meant so.
 */
export function requireSlot(names: readonly string[], fid: number): string {
  const name = slotOfFid(fid);
  if (names.includes(name)) return name;
  if (names.length === 0) throw noSlots(formatFid(fid));
  const asHex = String(fid).padStart(8, '0');
  throw new HostdevError('slot-unknown', `this machine has no slot for function id ${formatFid(fid)}`, {
    subject: formatFid(fid),
    hint: names.includes(asHex) ? `there is 0x${asHex}, if ${fid} was meant as a hexadecimal number` : "'hostdev slot list' shows them all",
  });
}

/**
 * The id by which a function's slot is found.
 *
 * @throws {HostdevError} `slot-unknown` for one that has none.
 */
export function requireFid({ address, zpci }: NodeDevice): number {
  if (zpci?.fid !== undefined) return zpci.fid;
  const name = formatPciAddress(address);
  throw new HostdevError('slot-unknown', `${name} has no function id, so there is no slot to switch`, { subject: name, hint: ELSEWHERE });
}
