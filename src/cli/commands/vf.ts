import { resolveFunction } from '../../app/resolve.ts';
import { setVf } from '../../app/vf-set.ts';
import { createVfs, removeVfs, type VfChange } from '../../app/virtual-functions.ts';
import { parseFunctionName } from '../../domain/function-name.ts';
import { checkMac } from '../../domain/hostdev-xml.ts';
import { HostdevError } from '../../errors.ts';
import { VF_MOST, type VfSetting } from '../../state/vf-settings.ts';
import { changeOptions, printChange } from '../change.ts';
import type { ChangeFlags } from '../command/options.ts';
import type { Options } from '../command/table.ts';
import { answerItems } from '../answer.ts';
import type { Io } from '../io.ts';
import { vfs, vfSet } from '../../json/items/host-changes.ts';
import { machineContext, refuseForeignChange } from '../machine.ts';
import { parseCount } from '../../pci/count.ts';

/** How many there can be the function says itself. */
const COUNT = { least: 1, most: Number.MAX_SAFE_INTEGER, hint: "for example 'hostdev vf create 0000:02:00.0 4'; 'hostdev vf remove' takes them away" };

export async function create(io: Io, pf: string, count: string, flags: Options<'vf create'>): Promise<number> {
  refuseForeignChange(flags);
  const name = parseFunctionName(pf);
  // None is refused as too many are, with what there can be.
  const number = count.trim() === '0' ? 0 : parseCount('the count of virtual functions', count, COUNT);
  const options = { ...changeOptions(io, flags), hostDrivers: flags.hostDrivers, persist: flags.persist === true };
  const context = await machineContext(io.machine, flags);
  return report(io, flags, await createVfs(context, await resolveFunction(context, name), number, options));
}

export async function remove(io: Io, pf: string, flags: Options<'vf remove'>): Promise<number> {
  refuseForeignChange(flags);
  const name = parseFunctionName(pf);
  const context = await machineContext(io.machine, flags);
  return report(io, flags, await removeVfs(context, await resolveFunction(context, name), changeOptions(io, flags)));
}

function report(io: Io, flags: ChangeFlags, change: VfChange): number {
  const { physicalFunction, before, after, virtualFunctions, steps, todo } = change;
  const list = virtualFunctions.length === 0 ? '' : `: ${virtualFunctions.join(', ')}`;
  const line =
    before === after
      ? `${physicalFunction} has ${after} virtual functions, as it had before${list}`
      : `${physicalFunction}: ${before} → ${after} virtual functions${list}`;
  if (flags.json === true) answerItems(io, 'vf create', [vfs(change)]);
  printChange(io, flags, { steps, todo, lines: [line] });
  return 0;
}

export async function set(io: Io, vf: string, flags: Options<'vf set'>): Promise<number> {
  refuseForeignChange(flags);
  const name = parseFunctionName(vf);
  const settings = settingsOf(flags);
  if (Object.keys(settings).length === 0) {
    throw new HostdevError('usage', 'vf set changes nothing without an option', { hint: 'give --mac, --vlan, --trust, --spoofchk or --rate' });
  }
  const options = { ...changeOptions(io, flags), persist: flags.persist === true };
  const context = await machineContext(io.machine, flags);
  const change = await setVf(context, await resolveFunction(context, name), settings, options);
  const words = (state: Readonly<Record<string, string | null>>): string =>
    Object.entries(state)
      .map(([name, value]) => `${name} ${value ?? '-'}`)
      .join(', ');
  const line = change.changed
    ? `${change.address}: ${words(change.before)} → ${words(change.after)}`
    : `${change.address} has ${words(change.after)}, as it had before`;
  if (flags.json === true) answerItems(io, 'vf set', [vfSet(change)]);
  printChange(io, flags, { steps: change.steps, todo: [], lines: [line] });
  return 0;
}

const OFF = '0 switches it off';

function settingsOf(flags: Options<'vf set'>): Partial<Record<VfSetting, string>> {
  const settings: Partial<Record<VfSetting, string>> = {};
  if (flags.mac !== undefined) settings.mac = checkMac(flags.mac).toLowerCase();
  if (flags.vlan !== undefined) settings.vlan = String(parseCount('--vlan', flags.vlan, { least: 0, most: VF_MOST.vlan, hint: OFF }));
  if (flags.rate !== undefined) settings.rate = String(parseCount('--rate', flags.rate, { least: 0, most: VF_MOST.rate, hint: OFF }));
  for (const name of ['trust', 'spoofchk'] as const) {
    const value = flags[name];
    if (value === undefined) continue;
    if (value !== 'on' && value !== 'off') throw new HostdevError('usage', `--${name} is 'on' or 'off', not '${value}'`, { hint: `--${name} on` });
    settings[name] = value;
  }
  return settings;
}
