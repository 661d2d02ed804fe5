/** Changing how many virtual functions a physical function has. */
import { readNodeDevice } from '../host/inventory.ts';
import { readVfCount } from '../host/vf-count.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { vfCountSteps } from '../plan/vf.ts';
import type { ChangeKind } from './change.ts';
import type { BeginRecord, JournalRecord } from './journal/record.ts';

/** State: `count` is sriov_numvfs, `autoprobe` is sriov_drivers_autoprobe. */
export const VF_COUNT: ChangeKind = {
  read: (port, { subject }) => readVfCount(port, subject),
  steps: async (_, { subject }, from, to) => vfCountSteps(subject, from, to),
  // With the functions there, all that is left is whether drivers may take them.
  finish: (now, { wanted }) => now['count'] === wanted['count'],
  touches: async (port, { subject }) => (await readNodeDevice(port, parsePciAddress(subject)))?.sriov?.virtualFunctions ?? [],
};

/** What sriov_drivers_autoprobe was when virtual functions of a function were first created in this boot; undefined when the journal has nothing of it. */
export function autoprobeFound(records: readonly JournalRecord[], boot: string, pf: string): string | null | undefined {
  // What was undone changed nothing, and is no end of anything.
  const done = new Set(records.filter(({ kind }) => kind === 'done').map(({ id }) => id));
  const ours = records.filter(
    (record): record is BeginRecord => record.kind === 'begin' && record.boot === boot && record.subject === pf && done.has(record.id),
  );
  // The first since the functions were last removed found it as it was before any of ours.
  const removed = ours.findLastIndex(({ verb }) => verb === 'vf remove');
  return ours.slice(removed + 1).find(({ verb }) => verb === 'vf create')?.before['autoprobe'];
}
