/** Bugs in what is done in the background: each named by what was being done, and told once while it stays the same. */

/** Gives what takes the failures of one kind of work. */
export function namingBugs(onBug: (error: unknown) => void): (what: string) => (error: unknown) => void {
  const told = new Map<string, string>();
  return (what) => (error) => {
    const text = error instanceof Error ? error.message : String(error);
    // What is read twice a second fails twice a second.
    if (told.get(what) === text) return;
    told.set(what, text);
    const named = new Error(`${what}: ${text}`, { cause: error });
    if (error instanceof Error && error.stack !== undefined) named.stack = `${what}: ${error.stack}`;
    onBug(named);
  };
}
