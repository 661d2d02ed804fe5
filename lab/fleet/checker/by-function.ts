/** What concerns each function, in its order. */
export function byFunction<T>(all: Iterable<T>, functionsOf: (each: T) => Iterable<string>): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const each of all) {
    for (const name of functionsOf(each)) {
      const known = found.get(name);
      if (known === undefined) found.set(name, [each]);
      else known.push(each);
    }
  }
  return found;
}
