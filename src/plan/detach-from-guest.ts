/** The plan of taking functions from a guest of libvirt. */
import { type DeviceSelector, findDevice, formatSelector, type GuestParts, type GuestState } from '../state/guest-state.ts';
import type { ChangedGuest, PlannedForGuest } from './attach-to-guest.ts';
import { planDetach } from './detach.ts';
import { type FunctionPlan, placeOf, showChanges } from './guest-plan.ts';
import type { Rest } from './unchanged.ts';

/** Takes from a guest the devices that it has. */
export function planGuestDetach({ name, state, parts }: ChangedGuest, { rest: selectors, unchanged }: Rest<DeviceSelector>): PlannedForGuest {
  const changes = selectors.map((selector) => planDetach(name, state, parts, selector));
  const functions = selectors.map((selector) => shownFunction(state, parts, selector));
  const { ref } = state;
  return {
    changes,
    shown: {
      verb: 'detach',
      guest: ref.name,
      uuid: ref.uuid,
      state: state.state,
      functions,
      unchanged,
      steps: showChanges(changes),
      notes: [],
      versions: null,
    },
  };
}

function shownFunction(state: GuestState, parts: GuestParts, selector: DeviceSelector): FunctionPlan {
  const live = parts.live ? findDevice(state.live, selector) : undefined;
  const config = parts.config ? findDevice(state.config, selector) : undefined;
  return { address: formatSelector(selector), ...placeOf((live ?? config)?.address), live: live !== undefined, config: config !== undefined };
}
