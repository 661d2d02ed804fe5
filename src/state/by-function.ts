/** Which PCI function a device of another class hangs on: the last function that its path in sysfs goes through. */

const ADDRESS = /\b[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7](?=\/|$)/g;

/** Address of a function → names of what hangs on it, sorted. Ports and bridges on the way have nothing of it. */
export type ByFunction = ReadonlyMap<string, readonly string[]>;

/** A name may come with several paths: a disk that is reached through several controllers hangs on each. */
export function indexByFunction(paths: Iterable<readonly [name: string, path: string]>): ByFunction {
  const index = new Map<string, Set<string>>();
  for (const [name, path] of paths) {
    const address = path.match(ADDRESS)?.at(-1);
    if (address === undefined) continue;
    const names = index.get(address);
    if (names === undefined) index.set(address, new Set([name]));
    else names.add(name);
  }
  return new Map([...index].map(([address, names]) => [address, [...names].sort()]));
}
