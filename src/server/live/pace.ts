/**
 * When the host is looked at: at once when something has happened to it; by itself as often as what is told to us leaves to be seen. Measured by the
 * clock that nobody sets: where the other one is set back by an hour, nobody would look for an hour.
 */

/** What is looked at; nothing of it rejects. */
export interface Watched {
  /** A short look by itself; whether something is other than it was. */
  readonly glance: () => Promise<boolean>;
  /** Reads everything anew, beside other looks: what has happened meanwhile does not wait for it. */
  readonly renew: () => Promise<void>;
  /** Reads what has changed: `news`. Reads everything, as it was renewed: `all`. */
  readonly look: (extent: 'news' | 'all') => Promise<void>;
  /** Whether kernel and libvirt tell of what happens to them. */
  readonly isTold: () => boolean;
}

export interface PaceMs {
  /** What happens comes in bursts: so long is waited for the rest. */
  readonly settle: number;
  /** Between two short looks; where we are told, and where not. */
  readonly glance: { readonly told: number; readonly untold: number };
  /** Between two looks at everything; where we are told, and where not; and after there was news. */
  readonly all: { readonly told: number; readonly untold: number; readonly afterNews: number };
}

const PACE: PaceMs = { settle: 30, glance: { told: 1000, untold: 500 }, all: { told: 5000, untold: 2000, afterNews: 1000 } };

/** What comes in a short row, as when a function goes from one driver to another, is looked at each time: so much of looking is ahead at most. */
const BURST_MS = 1000;

/** What is looked at by itself is not looked at more than a quarter of the time. */
const SHARE = 3;

/** Looks until the signal, beginning with everything; gives what is called when something has happened. */
export function keepLooking(watched: Watched, signal: AbortSignal, pace = PACE): () => void {
  let wake: () => void = () => undefined;
  let newsAt: number | undefined;
  /** Of what happens without an end no more is read than half of the time: each look is paid for with twice its time. */
  let paidAt = 0;
  let allAt = 0;
  let allEnded = 0;
  let allTook = 0;
  let renewal: 'none' | 'begun' | 'ended' = 'none';
  const pick = <T>({ told, untold }: { readonly told: T; readonly untold: T }): T => (watched.isTold() ? told : untold);
  let glanceAt = performance.now() + pick(pace.glance);
  const timed = async (act: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    await act();
    return performance.now() - began;
  };
  const renew = async (): Promise<void> => {
    renewal = 'begun';
    allTook = await timed(watched.renew);
    renewal = 'ended';
    wake();
  };
  const lookAtAll = async (): Promise<void> => {
    [newsAt, renewal] = [undefined, 'none'];
    allTook += await timed(() => watched.look('all'));
    allEnded = performance.now();
    allAt = allEnded + Math.max(pick(pace.all), SHARE * allTook);
  };
  const lookAtNews = async (): Promise<void> => {
    newsAt = undefined;
    const began = performance.now();
    const took = await timed(() => watched.look('news'));
    paidAt = Math.max(paidAt, began) + 2 * took;
    allAt = Math.min(allAt, allEnded + Math.max(pace.all.afterNews, SHARE * allTook));
  };
  const newsDue = (at: number): number => Math.max(at + pace.settle, paidAt - BURST_MS);
  const next = async (): Promise<void> => {
    const now = performance.now();
    if (renewal === 'none' && now >= allAt) void renew();
    if (renewal === 'ended') await lookAtAll();
    else if (newsAt !== undefined && now >= newsDue(newsAt)) await lookAtNews();
    else if (now >= glanceAt) {
      let isOther = false;
      const took = await timed(async () => (isOther = await watched.glance()));
      glanceAt = performance.now() + Math.max(pick(pace.glance), SHARE * took);
      if (isOther) await lookAtNews();
    }
  };
  const untilNext = async (): Promise<void> => {
    const dueAll = { none: allAt, begun: Number.POSITIVE_INFINITY, ended: 0 }[renewal];
    const at = Math.min(dueAll, glanceAt, newsAt === undefined ? Number.POSITIVE_INFINITY : newsDue(newsAt));
    const ms = at - performance.now();
    if (ms <= 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await next();
      await untilNext();
    }
  };
  signal.addEventListener('abort', () => wake(), { once: true });
  void run();
  return () => {
    newsAt ??= performance.now();
    wake();
  };
}
