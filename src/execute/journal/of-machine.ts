/** What the journal knows of the machine that is looked at: this one's journal has nothing to say about a copy of another. */
import type { HostPort } from '../../host/port.ts';
import type { TakenBy } from '../../plan/driver-change.ts';
import { bootId } from '../../host/boot-id.ts';
import { type JournalReader, openJournal } from './journal.ts';
import type { BeginRecord, JournalRecord } from './record.ts';
import { standingChanges } from './standing.ts';
import { vfsFound } from './vfs-found.ts';

/** The journal of this machine, or that of a directory that was named; none of a copy. */
function journalOf({ live }: Pick<HostPort, 'live'>, directory: string | undefined): JournalReader | undefined {
  return live || directory !== undefined ? openJournal(directory) : undefined;
}

async function recordsOf(port: Pick<HostPort, 'live'>, directory: string | undefined): Promise<readonly JournalRecord[]> {
  return (await journalOf(port, directory)?.read()) ?? [];
}

/** Address → who took it last; without a journal nobody is known. */
export async function whoTook(port: HostPort, directory: string | undefined): Promise<Map<string, TakenBy>> {
  const taken = await standingInBoot(port, await recordsOf(port, directory), 'prepare');
  return new Map(taken.map(({ subject, by, time, before }) => [subject, { by, since: time, before }]));
}

/** Changes that sent functions to standby, and stand; of a damaged journal those that can be read. */
export async function switchedOff(port: HostPort, directory: string | undefined): Promise<BeginRecord[]> {
  const found = await journalOf(port, directory)?.look();
  return standingInBoot(port, found?.records ?? [], 'slot off');
}

async function standingInBoot(port: HostPort, records: readonly JournalRecord[], verb: BeginRecord['verb']): Promise<BeginRecord[]> {
  if (records.length === 0) return [];
  const boot = await bootId(port);
  const standing = standingChanges(records, (record) => record.boot === boot);
  return standing.flatMap(({ record, end }) => (end === 'done' && record.verb === verb ? [record] : []));
}

/** What sriov_drivers_autoprobe was when virtual functions of a function were first created in this boot; undefined when the journal has nothing of it. */
export async function autoprobeBefore(port: HostPort, directory: string | undefined, pf: string): Promise<string | null | undefined> {
  return vfsFound(await recordsOf(port, directory), await bootId(port), pf)?.['autoprobe'];
}
