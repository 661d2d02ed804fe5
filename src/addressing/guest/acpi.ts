/**
 * NUMA cells that a device is near: QEMU's acpi-generic-initiator.
 *
 * Rules: docs/addressing.md §13.
 */

/** No guest has as many cells. */
const MOST_CELLS = 1024;

/** The cells of `0,2-3` in order; undefined for what is no such set. A cell with `^` before it is taken out again. */
export function parseCells(text: string): readonly number[] | undefined {
  const cells = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^\s*(\^?)(\d+)(?:-(\d+))?\s*$/.exec(part);
    if (match === null) return undefined;
    const [, without = '', first = '', last = first] = match;
    const [from, to] = [Number(first), Number(last)];
    if (to < from || to >= MOST_CELLS || (without !== '' && match[3] !== undefined)) return undefined;
    for (let cell = from; cell <= to; cell += 1) {
      if (without === '') cells.add(cell);
      else cells.delete(cell);
    }
  }
  return [...cells].toSorted((a, b) => a - b);
}
