/** A command that reads a machine is over before its code would be worth optimizing: the threads of the compiler would only take time from it. */
import { setFlagsFromString } from 'node:v8';

/** Versions of Node whose V8 has been seen to know the flag; one that did not would say so on stderr. */
const KNOWN: ReadonlySet<string> = new Set(['20', '22', '24']);

/** About fifteen times what V8 would let a function run before it optimizes it: what runs longer, as with thousands of functions, still is. */
export function optimizeLater(): void {
  if (KNOWN.has(process.versions.node.split('.')[0] ?? '')) setFlagsFromString('--interrupt-budget=2000000');
}
