/** Whether a guest can be moved to another host of its fleet. */
import { flag, list, orNull, record, text, word } from './shape.ts';

const functionKey = text('a function of the fleet, as claims name it');
const inGuest = { guestAddress: orNull(text('where the guest sees it')), uid: orNull(text('IBM Z')), fid: orNull(text('IBM Z')) };
const said = record({ code: text(), message: text(), hint: orNull(text()) });

export const FLEET_MIGRATION = record({
  ...{ guest: text('its name'), state: text(), from: text('the host that it is on'), to: text('the host that it would be moved to') },
  possible: flag('whether it can be moved there now'),
  functions: list(
    record({
      device: text('on the host that it is on'),
      effect: word(
        ['blocks', 'replaced', 'perhaps', 'offline'],
        'replaced: a teaming interface stands in; perhaps: its driver may move its state; offline: the guest does not run, no state is moved',
      ),
      ...{ reason: text(), remedy: orNull(text()), ...inGuest },
      there: orNull(
        record(
          {
            wanted: text('the mapping that it is of'),
            function: functionKey,
            address: text('on that host'),
            claimed: flag('for the guest already'),
            ...inGuest,
          },
          'what would stand for it there; null where nothing does',
        ),
      ),
    }),
    'in the order of the definition',
  ),
  companions: list(functionKey, 'the rest of their IOMMU groups there, which nobody else can have then'),
  far: list(functionKey, "functions there that are on another NUMA node than the guest's memory, or than the first of them"),
  reasons: list(said, 'why it cannot'),
  notes: list(said, 'what may go wrong all the same'),
});
