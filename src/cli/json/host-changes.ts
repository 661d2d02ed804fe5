/** Changes of the host: drivers, virtual functions, slots, rules. */
import type { RemovedRule } from '../../app/persistent-remove.ts';
import type { PersistentList } from '../../app/persistent-list.ts';
import type { SlotChange } from '../../app/slots.ts';
import type { VfSettingChange } from '../../app/vf-set.ts';
import type { VfChange } from '../../app/virtual-functions.ts';
import type { DriverChange } from '../../plan/driver-change.ts';
import type { State } from '../../plan/transition.ts';
import { CLASS_WORDS } from '../../state/class-words.ts';
import type { ListedSlot } from '../../state/listed-slot.ts';
import type { Slot } from '../../state/slot.ts';
import { driver, fid, hostAddress, pchid, time, uid } from './notation.ts';
import { either, flag, integer, list, map, type Of, orNull, record, text, word } from './shape.ts';
import { jsonStep, steps } from './steps.ts';

const changed = flag('false where it was so already; in a dry run, whether it would be changed');

const DRIVEN = record({ driver });
export const MOVED = record({
  ...{ hostAddress, before: DRIVEN, after: DRIVEN, changed, steps },
  taken: orNull(record({ by: text('user and process'), since: time })),
});

const COUNTED = record({ numVfs: integer() });
export const VFS = record({ hostAddress, before: COUNTED, after: COUNTED, virtualFunctions: list(hostAddress), changed, steps });

const SETTINGS = record({
  mac: orNull(text()),
  vlan: orNull(integer('0: none')),
  trust: orNull(flag()),
  spoofchk: orNull(flag()),
  rate: orNull(integer('Mbit/s; 0: no limit')),
});
export const VF_SET = record({
  ...{ hostAddress, physicalFunction: hostAddress, netdev: text('that of the physical function'), index: integer() },
  ...{ before: SETTINGS, after: SETTINGS, changed, steps },
});

const SLOT_FACTS = { fid, state: word(['configured', 'standby']), hostAddress: orNull(hostAddress), uid: orNull(uid), driver };
const SLOT = record(SLOT_FACTS);
export const LISTED_SLOT = record({
  ...SLOT_FACTS,
  pchid: orNull(pchid),
  port: orNull(integer()),
  pft: orNull(text('0x0a')),
  functionType: orNull(text('what pft says, in words')),
  classWord: orNull(word(CLASS_WORDS.map((row) => row.word))),
  vendor: orNull(text('0x15b3')),
  vendorName: orNull(text()),
  device: orNull(text('0x1016')),
  deviceName: orNull(text()),
  answers: orNull(flag('false when its config space reads as all ones; null on standby')),
});
export const SLOT_CHANGE = record({ fid, before: SLOT, after: SLOT, changed, steps });

const RULE = record({
  kind: word(['rule']),
  hostAddress,
  file: text(),
  driver,
  vfs: orNull(
    record({
      numVfs: integer(),
      hostDrivers: flag('whether host drivers may take them as they appear'),
      settings: map(map(text()), 'by index of the virtual function, in the words of ip(8)'),
    }),
  ),
  fingerprint: orNull(text('which card it is for')),
  state: word(['in force', 'not taken', 'unknown', 'absent', 'other card', 'edited', 'newer', 'unreadable']),
  drift: list(text()),
});
const FOREIGN_RULE = record({
  kind: word(['foreign rule']),
  what: text('address, or ids as they are written'),
  by: word(['driverctl', 'kernel command line', 'modprobe']),
  file: text(),
  driver: text(),
  drift: list(text()),
});
export const KEPT = either(RULE, FOREIGN_RULE);
export const RULE_REMOVED = record({ hostAddress, changed, steps });

export function moved({ address, before, after, changed: isChanged, steps: done, taken }: DriverChange): Of<typeof MOVED> {
  return {
    ...{ hostAddress: address, before: { driver: before }, after: { driver: after }, changed: isChanged, steps: done.map(jsonStep) },
    taken: taken === null ? null : { by: taken.by, since: taken.since },
  };
}

export function vfs({ physicalFunction, before, after, virtualFunctions, changed: isChanged, steps: done }: VfChange): Of<typeof VFS> {
  return {
    ...{ hostAddress: physicalFunction, before: { numVfs: before }, after: { numVfs: after }, virtualFunctions },
    ...{ changed: isChanged, steps: done.map(jsonStep) },
  };
}

export function vfSet({ address, before, after, steps: done, ...rest }: VfSettingChange): Of<typeof VF_SET> {
  return { hostAddress: address, ...rest, before: settingsOf(before), after: settingsOf(after), steps: done.map(jsonStep) };
}

function settingsOf(state: State): Of<typeof SETTINGS> {
  const number = (value: string | null | undefined): number | null => (value === undefined || value === null ? null : Number(value));
  const isOn = (value: string | null | undefined): boolean | null => (value === undefined || value === null ? null : value === 'on');
  return {
    ...{ mac: state['mac'] ?? null, vlan: number(state['vlan']), trust: isOn(state['trust']) },
    ...{ spoofchk: isOn(state['spoofchk']), rate: number(state['rate']) },
  };
}

function slot({ address, ...rest }: Slot): Of<typeof SLOT> {
  return { ...rest, hostAddress: address };
}

export function listedSlot({ address, ...rest }: ListedSlot): Of<typeof LISTED_SLOT> {
  return { ...rest, hostAddress: address };
}

export function slotChange({ before, after, changed: isChanged, steps: done }: SlotChange): Of<typeof SLOT_CHANGE> {
  return { fid: after.fid, before: slot(before), after: slot(after), changed: isChanged, steps: done.map(jsonStep) };
}

export function kept({ rules, others }: PersistentList): Of<typeof KEPT>[] {
  return [
    ...rules.map(({ address, vfs: virtual, ...rest }) => ({
      ...{ kind: 'rule' as const, hostAddress: address, ...rest },
      vfs: virtual === null ? null : { numVfs: virtual.count, hostDrivers: virtual.hostDrivers, settings: virtual.settings },
    })),
    ...others.map((each) => ({ kind: 'foreign rule' as const, ...each })),
  ];
}

export function ruleRemoved({ address, changed: isChanged, steps: done }: RemovedRule): Of<typeof RULE_REMOVED> {
  return { hostAddress: address, changed: isChanged, steps: done.map(jsonStep) };
}
