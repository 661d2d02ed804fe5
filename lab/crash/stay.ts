/** Staying at a point for ever. */

/** Held from here: what waits for nothing that anybody refers to is garbage, and the garbage collector closes what it has open, a lock for example. */
const waiting: unknown[] = [];

export function stayForEver(): Promise<never> {
  return new Promise((resolve) => void waiting.push(resolve));
}
