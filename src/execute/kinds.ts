/** Which kind of change a verb is. */
import { type HostVerb, isGuestVerb, isHostVerb, type Verb } from '../plan/transition.ts';
import type { ChangeKind } from './change.ts';
import { DRIVER } from './driver.ts';
import { guestKinds } from './guest-kinds.ts';
import { poolKind } from './pool.ts';
import type { ExecutionTarget } from './target.ts';
import { RULE_FILES } from './rule-files.ts';
import { SLOT_POWER, SLOT_RESET } from './slot.ts';
import { VF_COUNT } from './sriov.ts';
import { VF_SETTING } from './vf-settings.ts';

export const CHANGE_KINDS: Readonly<Record<HostVerb, ChangeKind>> = {
  prepare: DRIVER,
  release: DRIVER,
  'vf create': VF_COUNT,
  'vf remove': VF_COUNT,
  'vf set': VF_SETTING,
  'slot on': SLOT_POWER,
  'slot off': SLOT_POWER,
  'slot reset': SLOT_RESET,
  persist: RULE_FILES,
  unpersist: RULE_FILES,
};

/** The kind of change that a verb is, on a machine. */
export function kindOf(target: Pick<ExecutionTarget, 'guestOf' | 'networksOf'>, verb: Verb): ChangeKind {
  if (isHostVerb(verb)) return CHANGE_KINDS[verb];
  return isGuestVerb(verb) ? guestKinds(target)[verb] : poolKind(target);
}
