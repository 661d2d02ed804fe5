/** Rows of the table of commands, and the types that follow from them: what commander reads is what a command's code is given. */

/** `--root <dir>` takes a value, `--wait[=seconds]` may have one behind the `=`, `--json` has none, `--no-release` takes something back. */
export interface OptionRow {
  readonly flags: string;
  readonly text: string;
  /** Several values may stand there, with commas between. */
  readonly several?: true;
  /** Files may stand there, each behind the option: their names may have commas. */
  readonly files?: true;
}

/** Between the values of an option that names files: the one byte that no name has. Source: path_resolution(7). */
export const FILE_SEPARATOR = '\0';

/** `<guest>`, `[network]`, `<address...>` or `[address...]`. */
interface ArgumentRow {
  readonly word: string;
  readonly text: string;
}

export interface CommandRow {
  readonly summary: string;
  readonly words: readonly ArgumentRow[];
  readonly options: readonly OptionRow[];
}

type Long<Flags extends string> = Flags extends `${string}--${infer Rest}`
  ? Rest extends `${infer Name}${' ' | '['}${string}`
    ? Name extends `${infer Shorter}${' ' | '['}${string}`
      ? Shorter
      : Name
    : Rest
  : never;

type Camel<Name extends string> = Name extends `${infer First}-${infer Rest}` ? `${First}${Capitalize<Camel<Rest>>}` : Name;

type KeyOf<Flags extends string> = Long<Flags> extends `no-${infer Taken}` ? Camel<Taken> : Camel<Long<Flags>>;

/** A value that may be missing is empty then: `--wait` is `--wait=`. */
type ValueOf<Flags extends string> = Flags extends `${string}${'<' | '[='}${string}` ? string : boolean;

/** The options of rows as a command's code gets them; what was not given is not there. */
export type OptionsOf<Rows extends readonly OptionRow[]> = {
  readonly [Flags in Rows[number]['flags'] as KeyOf<Flags>]?: ValueOf<Flags> | undefined;
};

type WordOf<Word extends string> = Word extends `${string}...${string}` ? readonly string[] : Word extends `[${string}` ? string | undefined : string;

/** The words of rows, in their order. */
export type WordsOf<Rows extends readonly ArgumentRow[]> = { readonly [Index in keyof Rows]: WordOf<Rows[Index]['word']> };

/** `--guest-address <address>` → `guestAddress`, as in {@link OptionsOf}. */
export function optionKey({ flags }: OptionRow): string {
  const long = /--(?:no-)?([a-z-]+)/.exec(flags)?.[1] ?? '';
  return long.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
