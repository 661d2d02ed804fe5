/** Which guest a claim is for: whoever claims names it as libvirt finds it, by its name or its uuid. */
import type { Claim } from './records.ts';

export interface GuestNames {
  readonly name: string | undefined;
  readonly uuid: string | undefined;
}

export function isForGuest({ guest }: Pick<Claim, 'guest'>, { name, uuid }: GuestNames): boolean {
  return guest === name || (uuid !== undefined && uuidDigits(guest) === uuidDigits(uuid));
}

/** Whether it is one of these, which are names and uuids of guests. */
export function isForOneOf({ guest }: Pick<Claim, 'guest'>, names: ReadonlySet<string>): boolean {
  return names.has(guest) || (isUuid(guest) && [...names].some((each) => uuidDigits(each) === uuidDigits(guest)));
}

/** Whether a claim names its guest by a uuid. */
export function isUuid(guest: string): boolean {
  return /^[0-9a-f]{32}$/.test(uuidDigits(guest));
}

/** libvirt writes dashes and small letters, and takes others. */
function uuidDigits(text: string): string {
  return text.replaceAll('-', '').toLowerCase();
}
