/** What a monitor is told of a host: everything is counted from facts and judgments that others have made. */
import { CHANGE_STATES, type ChangeState } from '../state/change-states.ts';
import { CLASS_WORDS, classWord } from '../state/class-words.ts';
import { hex } from '../state/function-summary.ts';
import { GROUP_STATES, groupStates } from '../state/group-state.ts';
import type { HostState } from '../state/host-state.ts';
import type { Judgment } from '../state/judge.ts';
import type { ForeignRule } from '../state/persist/foreign-rules.ts';
import { type PersistentEntry, RULE_STATES } from '../state/persist/rule-drift.ts';
import type { Slot } from '../state/slot.ts';
import { VERDICTS } from '../state/verdict.ts';
import { oneLine } from '../printable.ts';
import { counts, gauge, type MetricFamily, type MetricSample, tally } from './metric.ts';

/** Parts of a host that are read each by itself. */
export type Part = 'functions' | 'slots' | 'rules' | 'journal';

export interface MetricFacts {
  /** Of hostdev. */
  readonly version: string;
  /** When the host was read, ISO 8601. */
  readonly readAt: string;
  readonly state: Pick<HostState, 'functions' | 'unread'>;
  readonly judgments: readonly Judgment[];
  /** Of IBM Z; elsewhere there are none. */
  readonly slots: readonly Pick<Slot, 'state'>[];
  readonly rules: readonly Pick<PersistentEntry, 'state'>[];
  readonly others: readonly (Pick<ForeignRule, 'by'> & { readonly drift: readonly string[] })[];
  /** What the journal tells; missing for a copy of a machine, which has none, and where it could not be read. */
  readonly journal: JournalFacts | undefined;
  /** Each part that was asked for, and whether all of it could be read. */
  readonly parts: ReadonlyMap<Part, boolean>;
}

interface JournalFacts {
  readonly changes: readonly { readonly state: ChangeState; readonly since: string }[];
  readonly isDamaged: boolean;
}

/** Every family, in the order of docs/metrics.md. */
export function hostMetrics(facts: MetricFacts): MetricFamily[] {
  return [...readingMetrics(facts), ...functionMetrics(facts), ...zpciMetrics(facts), ...ruleMetrics(facts), ...journalMetrics(facts)];
}

function readingMetrics({ version, readAt, state, parts }: MetricFacts): MetricFamily[] {
  const success = [...parts].map(([part, isRead]): MetricSample => ({ labels: { part }, value: isRead ? 1 : 0 }));
  return [
    { name: 'hostdev_build_info', type: 'gauge', help: 'The hostdev that has read the host; always 1.', samples: [{ labels: { version }, value: 1 }] },
    timestamp('hostdev_read_timestamp_seconds', 'When the host was read, in seconds since 1970.', [readAt]),
    { name: 'hostdev_read_success', type: 'gauge', help: 'Whether all of a part of the host could be read (1) or not (0).', samples: success },
    gauge('hostdev_unread_paths', 'Paths that are there and could not be read; what depends on them is unknown, never free.', state.unread.length),
  ];
}

function functionMetrics({ state, judgments }: MetricFacts): MetricFamily[] {
  const drivers = state.functions.map(({ driver }) => driver ?? NO_DRIVER);
  const groups = [...groupStates(state.functions).values()];
  return [
    {
      name: 'hostdev_functions',
      type: 'gauge',
      help: "PCI functions by class and by whether they can be given to a guest, as 'hostdev check' says.",
      samples: byVerdict(judgments, 'class', ({ device }) => classWord(device.pciClass)),
    },
    counts('hostdev_driver_functions', 'PCI functions by the host driver that has them.', { label: 'driver', by: tally(drivers) }),
    counts('hostdev_iommu_groups', 'IOMMU groups by whom their functions are with.', { label: 'state', by: tally(groups, GROUP_STATES) }),
    counts('hostdev_held_functions', 'PCI functions that a guest, or another process that has VFIO open, holds.', {
      label: 'guest',
      by: tally(judgments.flatMap(holdersOf)),
    }),
  ];
}

/** As `list --driver` names it. */
const NO_DRIVER = 'none';

/** Each guest once for a function; empty for a process that is no guest, which to Prometheus is as good as no label. */
function holdersOf({ holders }: Judgment): string[] {
  return [...new Set(holders.map(({ guest }) => oneLine(guest ?? '')))];
}

/** All verdicts for everything of which there is something, so that a rule sees when there are none left. */
function byVerdict(judgments: readonly Judgment[], label: string, wordOf: (judgment: Judgment) => string): MetricSample[] {
  const words = new Set(judgments.map(wordOf));
  const order = CLASS_WORDS.map(({ word }): string => word).filter((word) => words.has(word));
  return [...new Set([...order, ...words])].flatMap((word) => {
    const found = tally(
      judgments.filter((judgment) => wordOf(judgment) === word).map(({ verdict }) => verdict),
      VERDICTS,
    );
    return [...found].map(([verdict, value]) => ({ labels: { [label]: word, verdict }, value }));
  });
}

/** What only IBM Z has: physical channels, and slots that functions are configured in. */
function zpciMetrics({ judgments, slots }: MetricFacts): MetricFamily[] {
  const onChannels = judgments.filter(({ device }) => device.zpci?.pchid !== undefined);
  return [
    {
      name: 'hostdev_pchid_functions',
      type: 'gauge',
      help: 'PCI functions by physical channel and verdict (IBM Z).',
      samples: byVerdict(onChannels, 'pchid', ({ device }) => hex(device.zpci?.pchid ?? 0, 4)),
    },
    counts('hostdev_slots', 'Slots of functions by whether they are configured (IBM Z).', {
      label: 'state',
      by:
        slots.length === 0
          ? new Map()
          : tally(
              slots.map(({ state }) => state),
              SLOT_STATES,
            ),
    }),
  ];
}

const SLOT_STATES: readonly Slot['state'][] = ['configured', 'standby'];

function ruleMetrics({ rules, others }: MetricFacts): MetricFamily[] {
  const foreign = ['driverctl', 'kernel command line', 'modprobe'] as const satisfies readonly ForeignRule['by'][];
  const samples = foreign.flatMap((by) => {
    const drifted = tally(
      others.filter((rule) => rule.by === by).map(({ drift }) => (drift.length === 0 ? 'in force' : 'drifted')),
      ['in force', 'drifted'],
    );
    return [...drifted].map(([state, value]) => ({ labels: { by, state }, value }));
  });
  return [
    counts('hostdev_persistent_rules', "hostdev's rules for the next boots, held against the host, as 'hostdev persistent' says.", {
      label: 'state',
      by: tally(
        rules.map(({ state }) => state),
        RULE_STATES,
      ),
    }),
    {
      name: 'hostdev_foreign_rules',
      type: 'gauge',
      help: 'Rules of driverctl, the kernel command line and modprobe that keep functions for VFIO, held against the host.',
      samples,
    },
  ];
}

function journalMetrics({ journal }: MetricFacts): MetricFamily[] {
  if (journal === undefined) return [];
  const { changes, isDamaged } = journal;
  const open = changes.filter(({ state }) => state === 'interrupted').map(({ since }) => since);
  return [
    counts('hostdev_changes', "Changes that hostdev made to this host, held against the kernel, as 'hostdev status' says.", {
      label: 'state',
      by: tally(
        changes.map(({ state }) => state),
        CHANGE_STATES,
      ),
    }),
    timestamp(
      'hostdev_interrupted_change_timestamp_seconds',
      'When the oldest change began that was interrupted, in seconds since 1970; missing without one.',
      open,
    ),
    gauge('hostdev_journal_damaged', 'Whether records of the journal are damaged (1) or not (0).', isDamaged ? 1 : 0),
  ];
}

/** The oldest of times as ISO 8601 has them; those that are none (a journal can be edited) are left out. */
function timestamp(name: string, help: string, times: readonly string[]): MetricFamily {
  const known = times.map((time) => Date.parse(time) / 1000).filter(Number.isFinite);
  return { name, type: 'gauge', help, samples: known.length === 0 ? [] : [{ labels: {}, value: Math.min(...known) }] };
}
