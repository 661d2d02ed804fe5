/** What a monitor is told: families of numbers with names, as Prometheus has them. */

export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Samples that have one name, one meaning and one unit. A name has the unit at its end (`_seconds`), and `_total` only where the number never
 * falls. Source: Prometheus, "Metric and label naming".
 */
export interface MetricFamily {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly MetricSample[];
}

/** A number that may rise and fall, of which there is one. */
export function gauge(name: string, help: string, value: number): MetricFamily {
  return { name, type: 'gauge', help, samples: [{ labels: {}, value }] };
}

/** How many there are of each: numbers by what their label says. */
export function counts(name: string, help: string, { label, by }: { readonly label: string; readonly by: ReadonlyMap<string, number> }): MetricFamily {
  return { name, type: 'gauge', help, samples: [...by].map(([each, value]) => ({ labels: { [label]: each }, value })) };
}

/**
 * Counts by key. Keys that are known before are counted also where there are none of them: a sample that comes and goes cannot be compared
 * with nothing, so no rule would see that the last free function has gone.
 */
export function tally(keys: readonly string[], known: readonly string[] = []): ReadonlyMap<string, number> {
  const found = new Map(known.map((key) => [key, 0]));
  for (const key of keys) found.set(key, (found.get(key) ?? 0) + 1);
  return found;
}
