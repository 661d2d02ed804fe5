/** Which PCI function a device of another class hangs on: its path in sysfs goes through the function's directory. */

const ADDRESS = /\b[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7](?=\/|$)/g;

/** Address of a function → names whose path goes through it, sorted; ports and bridges on the way have them as well. */
export type ByFunction = ReadonlyMap<string, readonly string[]>;

export function indexByFunction(paths: Iterable<readonly [name: string, path: string]>): ByFunction {
  const index = new Map<string, string[]>();
  for (const [name, path] of paths) {
    for (const address of new Set(path.match(ADDRESS))) {
      const names = index.get(address);
      if (names === undefined) index.set(address, [name]);
      else names.push(name);
    }
  }
  for (const names of index.values()) names.sort();
  return index;
}
