/** What a command gives with --json: docs/json.md. */
export function itemsIn<T = unknown>(stdout: string): T[] {
  return (JSON.parse(stdout) as { readonly items: T[] }).items;
}
