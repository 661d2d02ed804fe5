/** What a row says of a function or a slot. Every word is the server's; here they are only put together. */
import type { Holding } from './holders.ts';
import type { ListedFunction, ListedSlot } from './node.ts';

/** @example nameOf({ deviceName: 'GA102 [GeForce RTX 3090]', … }) → 'GA102 [GeForce RTX 3090]' */
export function nameOf({
  deviceName,
  className,
  vendor,
  device,
  vendorName,
}: Pick<ListedFunction, 'deviceName' | 'className' | 'vendor' | 'device' | 'vendorName'>): string {
  const ids = `${vendor}:${device}`.replaceAll('0x', '');
  return deviceName ?? [vendorName, className, `[${ids}]`].filter(Boolean).join(' ');
}

export function slotName({ functionType, deviceName, classWord }: ListedSlot): string {
  return functionType ?? deviceName ?? classWord ?? 'function';
}

/** Short forms of what a guest will see: `00:01.0 uid 0x21`. */
export function holdingWords({ guest, guestAddress, uid, live, config }: Holding): string {
  const where = guestAddress === null ? '' : ` at ${guestAddress.replace(/^0000:/, '')}`;
  const part = live && config ? '' : live ? ', only as it runs' : ', only in its definition';
  return `${guest}${where}${uid === null ? '' : ` uid ${shortId(uid)}`}${part}`;
}

/** What uses or holds it, in few words; what the kernel has made of it where nothing does. */
export function useWords({ why, kernelNames, verdict }: ListedFunction, held: readonly Holding[]): string {
  if (held.length > 0) return held.map((each) => `→ ${holdingWords(each)}`).join(' · ');
  const names = kernelNames.join(', ');
  if (why.length === 0) return names;
  return names === '' || verdict === 'not assignable' || why.some((each) => each.includes(names)) ? why.join(', ') : `${names}: ${why.join(', ')}`;
}

/** Ids without the zeros in front, as people say them: `0x12` for `0x00000012`. */
export function shortId(id: string): string {
  return id.replace(/^0x0*(?=.)/, '0x');
}

/** IBM Z: what people there know a function by. */
export function idWords({ fid, uid }: { readonly fid: string | null; readonly uid: string | null }): string {
  return [fid === null ? '' : `fid ${shortId(fid)}`, uid === null ? '' : `uid ${shortId(uid)}`].filter(Boolean).join(' ');
}

export function groupWords({ iommuGroup, companions }: ListedFunction): string {
  if (iommuGroup === null) return 'no group';
  return companions.length === 0 ? `group ${iommuGroup}` : `group ${iommuGroup} · ${companions.length + 1}`;
}
