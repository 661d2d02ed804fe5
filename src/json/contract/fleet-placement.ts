/** Where in a fleet a definition can run. */
import { fid, uid } from './notation.ts';
import { flag, integer, list, orNull, record, text } from './shape.ts';

const functionKey = text('a function of the fleet, as claims name it');

export const FLEET_PLACEMENT = record({
  ...{
    host: text('name of a host of the fleet'),
    fits: flag('whether it can run the definition now'),
    rank: orNull(integer('1 is the best; null where it cannot, and where it could not be compared with others')),
  },
  functions: list(
    record({
      ...{ wanted: text('as the definition has it: a mapping, a match or an address'), function: functionKey, address: text('on that host') },
      ...{ numaNode: orNull(integer()), claimed: flag('the guest has claimed it already') },
      ...{ uid: orNull(uid), fid: orNull(fid), reserved: flag('whether a claim keeps uid and fid; else they are the next that are free') },
    }),
    'what the guest would get, in the order of the definition',
  ),
  companions: list(functionKey, 'the rest of their IOMMU groups, which nobody else can have then'),
  far: list(functionKey, "functions that are on another NUMA node than the guest's memory, or than the first of them"),
  reasons: list(record({ code: text(), message: text(), hint: orNull(text()) }), 'why it cannot'),
  ...{ architecture: text(), libvirt: orNull(text('version there')), qemu: orNull(text('version there')) },
  definition: orNull(text('with --on: what the definition would be there')),
});
