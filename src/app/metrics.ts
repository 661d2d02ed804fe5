/** `hostdev metrics`: numbers of a host for a monitor, of one reading of it. */
import { HostdevError, type Problem } from '../errors.ts';
import { readEverySlot } from '../host/slots.ts';
import { hostMetrics, type MetricFacts, type Part } from '../metrics/host-metrics.ts';
import type { MetricFamily } from '../metrics/metric.ts';
import type { AppContext } from './context.ts';
import { viewHost, viewing } from './host-view.ts';
import { listPersistent } from './persistent-list.ts';
import { readStatus } from './status.ts';

export interface MetricsOptions {
  /** Of hostdev. */
  readonly version: string;
  /** Now, ISO 8601; a copy says itself when it was made. */
  readonly now: string;
  /** Where the journal is; a copy of another machine has none. */
  readonly stateDirectory: string | undefined;
}

export interface Metrics {
  readonly families: readonly MetricFamily[];
  /** What of the host could not be read. */
  readonly problems: readonly Problem[];
}

/**
 * Counts what is known of a host. What cannot be read is said in the numbers as well, and does not keep the rest from being told.
 *
 * @throws {HostdevError} `no-pci`.
 */
export async function readMetrics(context: AppContext, { version, now, stateDirectory }: MetricsOptions): Promise<Metrics> {
  const view = viewing(context);
  const { state, judgments } = await viewHost(view);
  const { rules, others, unread } = await listPersistent(view);
  const slots = await attempt('slots', () => readEverySlot(view.port));
  const journal = stateDirectory === undefined ? undefined : await attempt('journal', async () => readStatus(view, stateDirectory));
  const isEveryRuleRead = unread.length === 0 && rules.every((rule) => rule.state !== 'unknown' || rule.fingerprint !== null);
  const parts: [Part, boolean][] = [
    ['functions', state.unread.length === 0],
    ['slots', slots.found !== undefined],
    ['rules', isEveryRuleRead],
    ...(journal === undefined ? [] : [['journal', journal.found?.problems.length === 0] satisfies [Part, boolean]]),
  ];
  const facts: MetricFacts = {
    ...{ version, readAt: view.port.madeAt ?? now, state, judgments, slots: slots.found ?? [], rules, others },
    journal: journal?.found === undefined ? undefined : { changes: journal.found.changes, isDamaged: journal.found.problems.length > 0 },
    parts: new Map(parts),
  };
  return { families: hostMetrics(facts), problems: [...slots.problems, ...(journal?.problems ?? []), ...(journal?.found?.problems ?? []).map(asWarning)] };
}

interface Attempt<T> {
  readonly found: T | undefined;
  readonly problems: readonly Problem[];
}

/** One part of a host, or why there is nothing of it. */
async function attempt<T>(part: Part, read: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { found: await read(), problems: [] };
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return { found: undefined, problems: [asWarning({ ...error.toProblem(), message: `of the ${part} nothing is told: ${error.message}` })] };
  }
}

/** The rest is told all the same. */
function asWarning(problem: Problem): Problem {
  return { ...problem, severity: 'warning' };
}
