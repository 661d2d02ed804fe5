/** Configuration of modprobe: which files count, and what their lines say. Source: modprobe.d(5). */

/** Where the files are; of several with one name only that in the first of these counts. */
export const MODPROBE_DIRECTORIES = ['/etc/modprobe.d', '/run/modprobe.d', '/usr/local/lib/modprobe.d', '/usr/lib/modprobe.d', '/lib/modprobe.d'] as const;

/** One line that is a command: `options vfio-pci ids=10de:1eb8`. */
export interface ModprobeLine {
  readonly file: string;
  readonly command: string;
  /** Name of the module with underscores, as the kernel has it. */
  readonly module: string;
  readonly rest: string;
}

/** Paths of the files that count, in the order in which they are read: by name, whatever directory each is in. */
export function effectiveFiles(names: ReadonlyMap<string, readonly string[]>): string[] {
  const first = new Map<string, string>();
  for (const directory of MODPROBE_DIRECTORIES) {
    for (const name of names.get(directory) ?? []) if (name.endsWith('.conf') && !first.has(name)) first.set(name, `${directory}/${name}`);
  }
  return [...first].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

/** The commands of one file: a backslash joins a line to the next one, with nothing between them as kmod does it; `#` begins a comment. */
export function parseModprobe(file: string, text: string): ModprobeLine[] {
  return text
    .replaceAll(/\\\n/g, '')
    .split(/\r?\n/)
    .flatMap((line) => {
      const [, command, module, rest = ''] = /^\s*([a-z]+)\s+(\S+)\s*(.*)$/.exec(line) ?? [];
      return command === undefined || module === undefined ? [] : { file, command, module: module.replaceAll('-', '_'), rest: rest.trim() };
    });
}
