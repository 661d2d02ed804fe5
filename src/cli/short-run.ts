/** A command that reads a machine is over before its code would be worth optimizing: the threads of the compiler would only take time from it. */
import { setFlagsFromString } from 'node:v8';

/** About fifteen times what V8 would let a function run before it optimizes it: what runs longer, as with thousands of functions, still is. */
export function optimizeLater(): void {
  // Later ones have no such flag, and say so on stderr.
  if (process.versions.node.startsWith('20.')) setFlagsFromString('--interrupt-budget=2000000');
}
