/** Rows of `ls -ln` that are symbolic links. Where one is not as it has to be, nothing is taken from it: what is not known must not pass for what is not there. */

interface LinkRow {
  readonly name: string;
  /** Undefined for one that `ls` could not follow. */
  readonly target: string | undefined;
}

/** `lrwxrwxrwx 1 0 0 0 Nov 26 09:00 NAME -> TARGET`, in the order of POSIX. Owner and group are numbers: their names may have blanks. */
const ROW = /^l\S+ +\d+ +\d+ +\d+ +\d+ +\S+ +\S+ +\S+ (.+)$/;

const ARROW = ' -> ';

function parseLinkRow(line: string): LinkRow | undefined {
  const words = ROW.exec(line)?.[1];
  if (words === undefined) return undefined;
  const arrow = words.indexOf(ARROW);
  return arrow === -1 ? { name: words, target: undefined } : { name: words.slice(0, arrow), target: words.slice(arrow + ARROW.length) };
}

/** What became of links that were asked for. */
interface FoundLinks {
  readonly links: Map<string, string>;
  readonly refused: Map<string, string>;
}

/** Links with their whole names: of those that were asked for, each has one row. */
export class NamedLinks {
  readonly #rows = new Map<string, LinkRow | undefined>();
  readonly #asked = new Set<string>();

  add(line: string): void {
    const row = parseLinkRow(line);
    // Of two rows neither is believed.
    if (row !== undefined) this.#rows.set(row.name, this.#rows.has(row.name) ? undefined : row);
  }

  ask(name: string): void {
    this.#asked.add(name);
  }

  /** They are listed again. */
  clear(): void {
    this.#rows.clear();
  }

  put({ links, refused }: FoundLinks, pathOf: (name: string) => string): void {
    for (const name of this.#asked) {
      const row = this.#rows.get(name);
      if (row === undefined) refused.set(pathOf(name), 'EIO');
      else if (row.target === undefined) refused.set(pathOf(name), 'EACCES');
      else links.set(pathOf(name), row.target);
    }
  }
}

/** What processes have open: `/proc/N/fd:`, and rows whose names are numbers. */
export class OpenFiles {
  readonly #directories: ReadonlyMap<string, string[]>;
  readonly #found: FoundLinks;
  readonly #seen = new Set<string>();
  readonly #gone = new Set<string>();
  #directory: string | undefined;

  /** `directories` are those that were asked for; names of open files go there. */
  constructor(directories: ReadonlyMap<string, string[]>, found: FoundLinks) {
    this.#directories = directories;
    this.#found = found;
  }

  open(directory: string): void {
    this.#directory = this.#directories.has(directory) && directory.endsWith('/fd') ? directory : undefined;
    if (this.#seen.has(directory)) this.#refuse();
    this.#seen.add(directory);
  }

  add(line: string): void {
    const directory = this.#directory;
    if (directory === undefined) return;
    const row = parseLinkRow(line);
    const names = this.#directories.get(directory);
    if (row === undefined || !/^\d+$/.test(row.name) || names?.includes(row.name) === true) return this.#refuse();
    names?.push(row.name);
    const path = `${directory}/${row.name}`;
    if (row.target === undefined) this.#found.refused.set(path, 'EACCES');
    else this.#found.links.set(path, row.target);
  }

  /** A process that ended before it could be looked at. */
  end(directory: string): void {
    this.#gone.add(directory);
  }

  /** The processes that are gone; those that did not come are refused. */
  close(): readonly string[] {
    const unseen = [...this.#directories.keys()].filter((path) => /^\/proc\/\d+\/fd$/.test(path) && !this.#seen.has(path));
    for (const path of unseen) if (!this.#gone.has(path)) this.#found.refused.set(path, 'EIO');
    return unseen.filter((path) => this.#gone.has(path));
  }

  #refuse(): void {
    if (this.#directory !== undefined) this.#found.refused.set(this.#directory, 'EIO');
  }
}
