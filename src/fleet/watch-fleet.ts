/** What happens in a fleet, as it happens. */
import { FORMAT_VERSION } from '../json/contract/envelope.ts';
import type { FLEET_EVENT } from '../json/contract/fleet-hosts.ts';
import type { Of } from '../json/contract/shape.ts';
import { unlessRefused } from '../errors.ts';
import { decodeHostRecord } from './host-record-bytes.ts';
import { alivePrefix, claimsPrefix, FLEET_ROOT, hostsPrefix, mappingsPrefix, requestsPrefix, zpciPrefix } from './model/keys.ts';
import { CLAIM } from './model/record-kinds.ts';
import { readEntry } from './model/record.ts';
import type { Entry, FleetStore, WatchEvent } from './store/store.ts';

type FleetEvent = Of<typeof FLEET_EVENT>;

const SUBJECTS = [
  [hostsPrefix, 'host'],
  [alivePrefix, 'sign of life'],
  [claimsPrefix, 'claim'],
  [requestsPrefix, 'request'],
  [mappingsPrefix, 'mapping'],
  [zpciPrefix, 'zpci id'],
] as const;

/** Everything from now on, once each, until the signal; where the store has forgotten something, that is said. */
export async function* watchFleet(store: FleetStore, now: () => Date, signal: AbortSignal): AsyncGenerator<FleetEvent> {
  while (!signal.aborted) {
    const { revision: from } = await store.list(FLEET_ROOT, { limit: 1 }, signal);
    for await (const event of store.watch(FLEET_ROOT, from, signal)) {
      if (event.kind === 'progress') continue;
      yield { formatVersion: FORMAT_VERSION, time: now().toISOString(), revision: String(event.revision), ...(await told(event)) };
      if (event.kind === 'compacted') break;
    }
  }
}

async function told(event: Exclude<WatchEvent, { kind: 'progress' }>): Promise<Pick<FleetEvent, 'subject' | 'event' | 'name' | 'detail'>> {
  if (event.kind === 'compacted') return { subject: 'fleet', event: 'missed', name: null, detail: 'some changes were missed: list anew' };
  const key = event.kind === 'put' ? event.entry.key : event.key;
  const [prefix, subject] = SUBJECTS.find(([each]) => key.startsWith(each)) ?? [FLEET_ROOT, 'fleet' as const];
  const name = key.slice(prefix.length);
  const isOfHost = subject === 'host' || subject === 'sign of life';
  const detail = event.kind === 'put' ? await detailOf(subject, event.entry) : '';
  return { subject, event: event.kind === 'put' ? 'written' : 'deleted', name: isOfHost ? (name.split('/', 1)[0] ?? name) : name, detail };
}

/** What cannot be read is told without. */
async function detailOf(subject: FleetEvent['subject'], entry: Entry): Promise<string> {
  if (subject === 'claim') {
    const claim = await Promise.resolve()
      .then(() => readEntry(entry, CLAIM).record)
      .catch(unlessRefused);
    return claim === undefined ? '' : `${claim.state} for ${claim.guest} on ${claim.host}${claim.why === null ? '' : ` (${claim.why})`}`;
  }
  if (subject !== 'host' || !entry.key.endsWith('/inventory')) return '';
  const host = await decodeHostRecord(entry).catch(unlessRefused);
  return host === undefined ? '' : `${host.record.functions.length} functions, sequence ${host.record.sequence}`;
}
