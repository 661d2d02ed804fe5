/** Functions of IBM Z that are not there because they are on standby. */
import { openJournal } from '../execute/journal/journal.ts';
import type { BeginRecord } from '../execute/journal/record.ts';
import { functionsGone, standingChanges } from '../execute/journal/standing.ts';
import { readSlotPower } from '../execute/slot.ts';
import { HostdevError } from '../errors.ts';
import type { HostReader } from '../host/port.ts';
import { formatFid } from '../pci/zpci.ts';
import type { AppContext } from './context.ts';
import { bootId } from '../execute/session.ts';
import { SLOTS } from '../plan/slot.ts';

/**
 * The refusal of a function that is not there, in better words where its slot is off: since when and by whom, when we switched it off, and
 * otherwise which slots are on standby. Any other error as it is.
 */
export async function explainStandby({ port }: AppContext, directory: string | undefined, error: unknown): Promise<unknown> {
  if (!(error instanceof HostdevError) || error.code !== 'function-unknown' || error.subject === undefined) return error;
  const off = await slotsOnStandby(port);
  if (off.length === 0) return error;
  const address = error.subject;
  const record = port.live || directory !== undefined ? await switchedOff(port, directory, address) : undefined;
  if (record === undefined || !off.includes(record.subject)) {
    const known = off.map((slot) => `'hostdev slot on ${shortFid(slot)}'`).join(', ');
    return new HostdevError(error.code, error.message, { ...error, hint: `${error.hint ?? ''} Functions are on standby: ${known}`.trimStart(), cause: error });
  }
  const slot = formatFid(Number.parseInt(record.subject, 16));
  return new HostdevError('function-standby', `${address} is on standby since ${record.time}, when ${record.by} switched its slot ${slot} off`, {
    subject: address,
    hint: `'hostdev slot on ${shortFid(record.subject)}' configures it again`,
    cause: error,
  });
}

const IS_FID = /^[0-9a-f]{8}$/;

async function slotsOnStandby(port: HostReader): Promise<string[]> {
  const off: string[] = [];
  for (const name of (await port.list(SLOTS)) ?? []) if (IS_FID.test(name) && (await readSlotPower(port, name))?.['power'] === '0') off.push(name);
  return off;
}

/** The change of ours that took a function away. */
async function switchedOff(port: HostReader, directory: string | undefined, address: string): Promise<BeginRecord | undefined> {
  const boot = await bootId(port);
  const { records } = await openJournal(directory).look();
  const standing = standingChanges(records, (record) => record.boot === boot);
  return standing.find(({ record, end }) => end === 'done' && record.verb === 'slot off' && functionsGone(record).includes(address))?.record;
}

/** `0x17`, as it is typed. */
function shortFid(slot: string): string {
  return `0x${Number.parseInt(slot, 16).toString(16)}`;
}
