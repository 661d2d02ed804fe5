/** What hostdev has given to guests and not taken again, by the journal's word. */
import { functionsOf } from '../../plan/change.ts';
import type { BeginRecord, JournalRecord } from './record.ts';

/** A device that a guest has from hostdev, and in which part of the guest; what is in the other one is somebody else's. */
export interface GivenDevice {
  /** Of the libvirt that has the guest. */
  readonly uri: string;
  /** Uuid of the guest: its name may be another one by now. */
  readonly guest: string;
  /** Address of a function, or MAC address of an interface from a pool. */
  readonly device: string;
  /** Of an interface from a pool: by which it is found again, as the record has it. */
  readonly pools?: string | undefined;
  readonly live: boolean;
  readonly config: boolean;
}

type Parts = Pick<GivenDevice, 'live' | 'config'>;

const NOTHING: Parts = { live: false, config: false };

/** What of the changes that are known to be done still stands, oldest first. */
export function givenDevices(records: readonly JournalRecord[]): GivenDevice[] {
  const done = new Set(records.flatMap((record) => (record.kind === 'done' ? [record.id] : [])));
  const given = new Map<string, GivenDevice>();
  /** What was taken again may come back as it was: the change that took it was undone. */
  const taken = new Map<string, Parts>();
  for (const record of records) {
    if (record.kind !== 'begin' || !done.has(record.id)) continue;
    const { uri, guest, pools } = record.before;
    if (typeof uri !== 'string' || typeof guest !== 'string') continue;
    const keyOf = (device: string): string => JSON.stringify([uri, guest, device]);
    const before = (device: string): Parts => (isUndoneDetach(record) ? taken : given).get(keyOf(device)) ?? NOTHING;
    for (const [device, parts] of givenBehind(record, before)) {
      if (record.verb === 'detach') taken.set(keyOf(device), before(device));
      given.delete(keyOf(device));
      if (parts.live || parts.config)
        given.set(keyOf(device), { uri, guest, device, ...(typeof pools === 'string' ? { pools } : {}), live: parts.live, config: parts.config });
    }
  }
  return [...given.values()];
}

function givenBehind(record: BeginRecord, givenBefore: (device: string) => Parts): (readonly [string, Parts])[] {
  const { verb, wanted } = record;
  const [device = '', coming = ''] = functionsOf(record);
  if (verb === 'attach') return [[device, isUndoneDetach(record) ? givenBefore(device) : behindAttach(givenBefore(device), record)]];
  if (verb === 'detach') {
    const { live, config } = givenBefore(device);
    const stays = config && wanted['config'] === 'yes';
    // What the definition has comes to the guest at its next start.
    return [[device, { config: stays, live: (live && wanted['live'] === 'yes') || stays }]];
  }
  if (verb !== 'swap') return [];
  const [from, to] = [wanted['live'], wanted['config']].includes(device) ? [coming, device] : [device, coming];
  // Another one in the place of somebody else's is at somebody else's place.
  return [
    [from, NOTHING],
    [to, givenBefore(from)],
  ];
}

/** It brings the elements back that were there: only what undoes a detach knows them. */
function isUndoneDetach({ verb, wanted }: BeginRecord): boolean {
  return verb === 'attach' && ('liveXml' in wanted || 'configXml' in wanted);
}

/** A part that had it before has it from somebody else. */
function behindAttach(given: Parts, { before, wanted }: BeginRecord): Parts {
  const comes = (part: 'live' | 'config'): boolean => wanted[part] === 'yes' && before[part] !== 'yes';
  const config = given.config || comes('config');
  return { config, live: given.live || comes('live') || (comes('config') && before['live'] !== 'yes') };
}
