/** Addresses of interfaces as ip(8) prints them: iproute2 of any age, and busybox, which knows no JSON. */

/** Interface → its addresses; those without any are left out. */
export function parseIpAddresses(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let name: string | undefined;
  for (const line of text.split('\n')) {
    // `2: eth0@if3: <BROADCAST,…`
    name = /^\d+: ([^\s@]+?)(?:@\S+)?: </.exec(line)?.[1] ?? name;
    // `inet 192.0.2.1/24 …`, and where there is another end of the line `inet 10.0.0.1 peer 10.0.0.2/32`.
    const address = /^\s+inet6? ([0-9a-f:.]+)/.exec(line)?.[1];
    if (name !== undefined && address !== undefined) found.set(name, [...(found.get(name) ?? []), address]);
  }
  return found;
}
