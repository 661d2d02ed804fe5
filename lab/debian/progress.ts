/** Shows how far a download is: on a terminal one line that moves, elsewhere a line every ten seconds. */

export interface Progress {
  /** A download begins; `bytes` are still to come. */
  readonly begin: (what: string, bytes: number) => void;
  readonly onBytes: (count: number) => void;
  /** Says something that stays to be read. */
  readonly tell: (line: string) => void;
  readonly end: () => void;
}

/** How what is being done is shown: `note` may be overwritten by the next one, `tell` may not. */
export interface Shown {
  readonly note: (text: string) => void;
  readonly tell: (line: string) => void;
  /** Whether a note replaces the one before. */
  readonly moves: boolean;
}

const MEBIBYTE = 1024 * 1024;

export function downloadProgress({ note, tell, moves }: Shown, intervalMs = moves ? 200 : 10_000): Progress {
  let what = '';
  let total = 0;
  let had = 0;
  let timer: NodeJS.Timeout | undefined;
  const show = (): void => note(`${what}: ${megabytes(had)} of ${megabytes(total)} MB`);
  return {
    begin: (name, bytes) => {
      what = name;
      total = bytes;
      had = 0;
      if (bytes === 0) return;
      show();
      timer = setInterval(show, intervalMs);
      timer.unref();
    },
    onBytes: (count) => {
      had += count;
    },
    tell,
    end: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

function megabytes(bytes: number): string {
  return (bytes / MEBIBYTE).toFixed(0);
}

/** Lines on stderr; notes are overwritten on a terminal. */
export function shownOnStderr(): Shown {
  const { stderr } = process;
  const moves = stderr.isTTY;
  return {
    moves,
    note: (text) => void stderr.write(moves ? `\r\u001b[2K${text}` : `${text}\n`),
    tell: (line) => void stderr.write(moves ? `\r\u001b[2K${line}\n` : `${line}\n`),
  };
}
