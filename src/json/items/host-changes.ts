/** Changes of the host: drivers, virtual functions, slots, rules. */
import type { RemovedRule } from '../../app/persistent-remove.ts';
import type { PersistentList } from '../../app/persistent-list.ts';
import type { SlotChange } from '../../app/slots.ts';
import type { VfSettingChange } from '../../app/vf-set.ts';
import type { VfChange } from '../../app/virtual-functions.ts';
import type { DriverChange } from '../../plan/driver-change.ts';
import type { State } from '../../plan/transition.ts';
import type { ListedSlot } from '../../state/listed-slot.ts';
import type { Slot } from '../../state/slot.ts';
import type { Of } from '../contract/shape.ts';
import { jsonStep } from '../contract/steps.ts';
import type { MOVED, VFS, SETTINGS, VF_SET, SLOT, LISTED_SLOT, SLOT_CHANGE, KEPT, RULE_REMOVED } from '../contract/host-changes.ts';

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
