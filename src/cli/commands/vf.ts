import { createVfs, removeVfs, setVf, type VfChange, type VfSetting } from '../../app/virtual-functions.ts';
import { checkMac } from '../../domain/hostdev-xml.ts';
import { HostdevError } from '../../errors.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { parseNumber } from '../../pci/number.ts';
import { type ChangeFlags, changeOptions, printChange } from '../change.ts';
import type { Io } from '../io.ts';
import { machineContext, refuseForeignChange } from '../machine.ts';

interface CreateFlags extends ChangeFlags {
  readonly hostDrivers?: boolean;
  readonly persist?: boolean;
}

export async function create(io: Io, pf: string, count: string, flags: CreateFlags): Promise<number> {
  refuseForeignChange(flags);
  const number = parseNumber(count);
  if (number === undefined)
    throw new HostdevError('number-malformed', `'${count}' is not a number of virtual functions`, {
      subject: count,
      hint: "for example 'hostdev vf create 0000:02:00.0 4'",
    });
  const options = { ...changeOptions(io, flags), hostDrivers: flags.hostDrivers === true, persist: flags.persist === true };
  return report(io, flags, await createVfs(await machineContext(io.machine, flags), parsePciAddress(pf), number, options));
}

export async function remove(io: Io, pf: string, flags: ChangeFlags): Promise<number> {
  refuseForeignChange(flags);
  return report(io, flags, await removeVfs(await machineContext(io.machine, flags), parsePciAddress(pf), changeOptions(io, flags)));
}

function report(io: Io, flags: ChangeFlags, change: VfChange): number {
  const { physicalFunction, before, after, virtualFunctions, steps, todo } = change;
  const list = virtualFunctions.length === 0 ? '' : `: ${virtualFunctions.join(', ')}`;
  const line =
    before === after
      ? `${physicalFunction} has ${after} virtual functions, as it had before${list}`
      : `${physicalFunction}: ${before} → ${after} virtual functions${list}`;
  return printChange(io, flags, { json: change, steps, todo, lines: [line] });
}

interface SetFlags extends ChangeFlags {
  readonly mac?: string;
  readonly vlan?: string;
  readonly trust?: string;
  readonly spoofchk?: string;
  readonly rate?: string;
  readonly persist?: boolean;
}

export async function set(io: Io, vf: string, flags: SetFlags): Promise<number> {
  refuseForeignChange(flags);
  const settings = settingsOf(flags);
  if (Object.keys(settings).length === 0) {
    throw new HostdevError('usage', 'vf set changes nothing without an option', { hint: 'give --mac, --vlan, --trust, --spoofchk or --rate' });
  }
  const options = { ...changeOptions(io, flags), persist: flags.persist === true };
  const change = await setVf(await machineContext(io.machine, flags), parsePciAddress(vf), settings, options);
  const words = (state: Readonly<Record<string, string | null>>): string =>
    Object.entries(state)
      .map(([name, value]) => `${name} ${value ?? '-'}`)
      .join(', ');
  const line = change.changed
    ? `${change.address}: ${words(change.before)} → ${words(change.after)}`
    : `${change.address} has ${words(change.after)}, as it had before`;
  return printChange(io, flags, { json: change, steps: change.steps, todo: [], lines: [line] });
}

/** VLAN tags have 12 bits; 0 means none, 4095 is reserved (IEEE 802.1Q). */
const MAX_VLAN = 4094;

function settingsOf(flags: SetFlags): Partial<Record<VfSetting, string>> {
  const settings: Partial<Record<VfSetting, string>> = {};
  if (flags.mac !== undefined) settings.mac = checkMac(flags.mac).toLowerCase();
  if (flags.vlan !== undefined) settings.vlan = within('--vlan', flags.vlan, MAX_VLAN);
  if (flags.rate !== undefined) settings.rate = within('--rate', flags.rate, 1_000_000);
  for (const name of ['trust', 'spoofchk'] as const) {
    const value = flags[name];
    if (value === undefined) continue;
    if (value !== 'on' && value !== 'off') throw new HostdevError('usage', `--${name} is 'on' or 'off', not '${value}'`, { hint: `--${name} on` });
    settings[name] = value;
  }
  return settings;
}

function within(option: string, text: string, max: number): string {
  const value = parseNumber(text);
  if (value !== undefined && value >= 0 && value <= max) return String(value);
  throw new HostdevError('number-malformed', `${option} is a number from 0 to ${max}, not '${text}'`, { subject: text, hint: '0 switches it off' });
}
