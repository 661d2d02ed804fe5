/** Rows of a table while somebody is among them. */
interface Keyed {
  readonly key: string;
}

/** Each where it was, with what is known now, and what has come behind them; what has gone stays with what was known of it last. */
export function heldRows<Row extends Keyed>(held: readonly Row[], now: readonly Row[]): readonly (Row & { readonly isGone: boolean })[] {
  const there = new Map(now.map((row) => [row.key, row]));
  const before = new Set(held.map(({ key }) => key));
  return [
    ...held.map((row) => ({ ...(there.get(row.key) ?? row), isGone: !there.has(row.key) })),
    ...now.filter(({ key }) => !before.has(key)).map((row) => ({ ...row, isGone: false })),
  ];
}
