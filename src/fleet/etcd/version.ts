/** Versions of etcd. */

/** `3.5.16`, also with something behind it. A version that cannot be read is none. */
export function isAtLeast(version: string, [major, minor, patch]: readonly [number, number, number]): boolean {
  const parts = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})/.exec(version)?.slice(1).map(Number);
  if (parts === undefined) return false;
  const [a = 0, b = 0, c = 0] = parts;
  return a !== major ? a > major : b !== minor ? b > minor : c >= patch;
}
