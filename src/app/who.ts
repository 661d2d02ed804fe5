/** Who runs this process, as the journal has it. */
import { whoami } from '../execute/journal/lock.ts';

/** `alice (pid 42)`: the user behind sudo where there is one. */
export function whoRunsUs(): string {
  return whoami();
}
