/** Waiting, with what every platform has: plans are made in a browser, too. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
