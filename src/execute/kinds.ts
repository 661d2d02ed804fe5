/** Which sort of change a verb of the journal is; prepare and release have rules of their own, and guests are not the host's. */
import type { ChangeKind } from './change.ts';
import { type HostVerb, isGuestVerb, type Verb } from './journal/record.ts';
import { RULE_FILES } from './rule-files.ts';
import { SLOT_POWER } from './slot.ts';
import { VF_COUNT } from './sriov.ts';
import { VF_SETTING } from './vf-settings.ts';

export const CHANGE_KINDS: Readonly<Record<Exclude<HostVerb, 'prepare' | 'release'>, ChangeKind>> = {
  'vf create': VF_COUNT,
  'vf remove': VF_COUNT,
  'vf set': VF_SETTING,
  'slot on': SLOT_POWER,
  'slot off': SLOT_POWER,
  persist: RULE_FILES,
  unpersist: RULE_FILES,
};

/** Whether what a verb does outlives the boot. */
export function isLasting(verb: Verb): boolean {
  // Definitions of guests are there after a reboot as well.
  if (isGuestVerb(verb)) return true;
  return verb !== 'prepare' && verb !== 'release' && CHANGE_KINDS[verb].lasting === true;
}
