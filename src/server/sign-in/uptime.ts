/** Milliseconds by the clock that nobody sets: where the other one is set back, a token would live longer, and whoever tried too often would be kept out for as long. */
export function uptime(): number {
  return performance.now();
}
