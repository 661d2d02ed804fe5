/** Changing what a physical function's network driver enforces for one of its virtual functions. */
import { readVfPlace, readVfSettings } from '../host/vf-settings.ts';
import { vfSettingSteps } from '../plan/vf-settings.ts';
import { VF_SETTINGS, type VfSetting } from '../state/vf-settings.ts';
import type { ChangeKind } from './change.ts';

/** State: one fact a setting, `on`/`off` or the value; null where the driver does not tell it. The subject is the VF. */
export const VF_SETTING: ChangeKind = {
  read: async (port, { subject, before }) => {
    const place = await readVfPlace(port, subject);
    const all = place === undefined ? undefined : (await readVfSettings(port, place.netdev)).get(place.index);
    if (all === undefined) return undefined;
    return Object.fromEntries(Object.keys(before).map((name) => [name, name in VF_SETTINGS ? all[name as VfSetting] : null]));
  },
  // Its settings go back to what they were; nothing is taken from anybody.
  touches: async () => [],
  steps: async (port, { subject }, from, to) => {
    const place = await readVfPlace(port, subject);
    return place === undefined ? [] : vfSettingSteps(place, from, to);
  },
};
