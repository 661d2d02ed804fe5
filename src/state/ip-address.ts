/** IP addresses as bytes: only what it takes to find the network that one is in. */

/** 4 or 16 bytes; undefined when it is no address. An IPv6 address that IPv4 is mapped into has the 4 bytes of that. */
export function parseIp(text: string): readonly number[] | undefined {
  const four = parseIpv4(text);
  if (four !== undefined) return four;
  const six = parseIpv6(text);
  return six !== undefined && six.slice(0, 10).every((byte) => byte === 0) && six[10] === 0xff && six[11] === 0xff ? six.slice(12) : six;
}

function parseIpv4(text: string): number[] | undefined {
  const bytes = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  return bytes?.every((byte) => byte <= 255) === true ? bytes : undefined;
}

/** RFC 4291 §2.2: groups of hexadecimal digits, one run of zeros left out, the last 32 bits perhaps as IPv4. */
function parseIpv6(text: string): number[] | undefined {
  const [, before, tail] = /^(.*:)((?:\d{1,3}\.){3}\d{1,3})$/.exec(text) ?? [];
  // The colon before IPv4 separates, unless it belongs to the run of zeros.
  const head = before === undefined ? text : before.endsWith('::') ? before : before.slice(0, -1);
  const last = tail === undefined ? [] : parseIpv4(tail);
  const halves = head.split('::').map(groupsOf);
  if (last === undefined || halves.length > 2 || halves.some((half) => half === undefined)) return undefined;
  const [left = [], right = []] = halves as number[][];
  const missing = 16 - left.length - right.length - last.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return [...left, ...Array.from({ length: missing }, () => 0), ...right, ...last];
}

/** Bytes of groups between colons; undefined when one is malformed. */
function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** Whether an address is in a network, `192.0.2.0` with prefix 24. */
export function contains({ network, prefix }: { readonly network: string; readonly prefix: number }, address: string): boolean {
  const [outer, inner] = [parseIp(network), parseIp(address)];
  if (outer === undefined || inner === undefined || outer.length !== inner.length) return false;
  return outer.every((byte, i) => {
    const bits = Math.min(8, Math.max(0, prefix - 8 * i));
    return byte >> (8 - bits) === (inner[i] ?? 0) >> (8 - bits);
  });
}
