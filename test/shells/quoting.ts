/** A word as sh reads it back. */
export function wordOf(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
