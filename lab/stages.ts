/** Named stages with their elapsed time, shown while they run: rewritten in place on a terminal, two lines elsewhere. */
import type { Shown } from './debian/progress.ts';

export interface Stages {
  /** Runs one stage, which can show details while it runs. A failure names the stage. */
  readonly run: <T>(name: string, act: (shown: Shown) => Promise<T>) => Promise<T>;
}

/** A stage that failed, with its name. */
export class StageError extends Error {
  readonly stage: string;
  constructor(stage: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.stage = stage;
  }
}

export function makeStages(out: NodeJS.WriteStream): Stages {
  return {
    run: async (name, act) => {
      const begin = Date.now();
      const seconds = (): string => `${((Date.now() - begin) / 1000).toFixed(1)} s`.padStart(8);
      let detail = '';
      const live = out.isTTY;
      const show = (): void => void out.write(`\r\u001b[2K… ${seconds()}  ${name}${detail === '' ? '' : ` (${detail})`}`);
      if (live) show();
      else out.write(`…          ${name}\n`);
      const timer = live ? setInterval(show, 200) : undefined;
      const finish = (mark: string): void => {
        clearInterval(timer);
        out.write(`${live ? '\r\u001b[2K' : ''}${mark} ${seconds()}  ${name}\n`);
      };
      try {
        const result = await act({
          moves: live,
          note: (text) => {
            detail = text;
            if (!live) out.write(`           ${text}\n`);
          },
          tell: (line) => void out.write(`${live ? '\r\u001b[2K' : ''}           ${line}\n`),
        });
        finish('✓');
        return result;
      } catch (error) {
        finish('✗');
        throw new StageError(name, error);
      }
    },
  };
}
