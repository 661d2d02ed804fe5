/**
 * Target names of disks.
 *
 * Rules: docs/addressing.md §3.
 */

/** `vdb` → 1: letters count in base 26; -1 when the name is of no known form. */
export function targetIndex(target: string | undefined): number {
  const letters = /^(?:fd|hd|vd|sd|xvd|ubd)([a-z]+)\d*$/.exec(target ?? '')?.[1];
  if (letters === undefined) return -1;
  let index = 0;
  for (const letter of letters) index = index * 26 + (letter.charCodeAt(0) - 0x61 + 1);
  return index - 1;
}
