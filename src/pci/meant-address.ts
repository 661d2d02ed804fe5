/** What somebody meant who wrote something that is nearly a PCI address. */

const NO_FUNCTION = /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([01]?[0-9a-f])\.?,?$/i;
const COLON_FOR_DOT = /^([0-9a-f]{1,8}):([0-9a-f]{1,2}):([01]?[0-9a-f]):([0-7]),?$/i;
const VENDOR_DEVICE = /^\[?([0-9a-f]{4}:[0-9a-f]{4})\]?$/i;
const INSIDE = /(?<![\w.:-])(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7](?![\w.:-])/gi;

/** The hint that shows the form meant; undefined where nothing can be guessed. */
export function meantAddress(text: string): string | undefined {
  const slot = NO_FUNCTION.exec(text);
  if (slot !== null) return `the function is missing: ${written(slot)}.0 is the first of that slot`;
  const colons = COLON_FOR_DOT.exec(text);
  if (colons !== null) return `a dot stands before the function: ${written(colons)}.${colons[4]}`;
  const ids = VENDOR_DEVICE.exec(text);
  if (ids !== null) return `${ids[1]} are the ids of vendor and device; 'lspci -Dd ${ids[1]}' shows the addresses of such functions`;
  if (/^[0-9a-f]{8}$/i.test(text)) return `if it is the function id of IBM Z, write fid=0x${text.toLowerCase()}`;
  const inside = [...new Set((text.match(INSIDE) ?? []).map((address) => address.toLowerCase()))];
  if (inside.length === 1) return `if ${inside[0]} is meant, write just that`;
  return inside.length === 0 ? undefined : `write each function as a word of its own: ${inside.join(' ')}`;
}

/** Domain, bus and slot with all their digits. */
function written([, domain, bus, slot]: readonly (string | undefined)[]): string {
  const pad = (digits: string | undefined, length: number): string => (digits ?? '').toLowerCase().padStart(length, '0');
  return `${domain === undefined ? '' : `${pad(domain, 4)}:`}${pad(bus, 2)}:${pad(slot, 2)}`;
}
