/** The name that somebody meant who wrote one that is nearly it. */

/** Letters that may be wrong. */
const MOST = 3;

/** The nearest of the names; undefined where none is near. Upper and lower case, and signs between words, are nothing that anybody gets right by heart. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_ .]/g, '');
  const [first] = names
    .map((name) => ({ name, distance: editDistance(plain(written), plain(name)) }))
    .filter(({ name, distance }) => distance <= Math.min(MOST, Math.floor(name.length / 2)))
    .toSorted((one, other) => one.distance - other.distance);
  return first?.name;
}

/** How many letters have to be put in, taken out or changed. */
function editDistance(one: string, other: string): number {
  // What is much longer is near to nothing, and takes long to be compared.
  if (Math.abs(one.length - other.length) > MOST) return MOST + 1;
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j += 1) {
      next.push(Math.min((row[j] ?? 0) + (letter === other[j] ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
