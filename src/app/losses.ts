/** What `--force` loses, as it is told. */
import type { Problem } from '../errors.ts';

/** The same options, which tell each loss once: a plan is made again under the lock, and nobody has to read twice what is lost by it. */
export function tellingOnce<O extends { readonly onLoss?: ((loss: Problem) => void) | undefined }>(options: O): O {
  const told = new Set<string>();
  const onLoss = (loss: Problem): void => {
    if (!told.has(loss.message)) options.onLoss?.(loss);
    told.add(loss.message);
  };
  return { ...options, onLoss };
}
