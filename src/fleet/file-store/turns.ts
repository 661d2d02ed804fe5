/** One thing after the other, and no waiting without end. */

/** Each begins when the one before it has ended, however that ended. */
export function inTurn(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return async (act) => {
    const mine = last.then(act);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Waits for something, so long at most; why it was not waited for to its end, which it reaches all the same. */
export async function within(ms: number, act: Promise<unknown>, signal?: AbortSignal): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: () => void = () => undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`nothing came back for ${ms / 1000} seconds`), ms);
    onAbort = () => resolve('it was no longer waited for');
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  // What fails is told by whoever awaits it.
  const ended = act.then(
    () => undefined,
    () => undefined,
  );
  const why = await Promise.race([ended, late]);
  clearTimeout(timer);
  signal?.removeEventListener('abort', onAbort);
  return why;
}
