/** Changes of the host: drivers, virtual functions, slots, rules. */
import { RULE_STATES } from '../../state/persist/rule-drift.ts';
import { CLASS_WORDS } from '../../state/class-words.ts';
import { driver, fid, hostAddress, pchid, time, uid } from './notation.ts';
import { either, flag, integer, list, map, orNull, record, text, word } from './shape.ts';
import { steps } from './steps.ts';

const changed = flag('false where it was so already; in a dry run, whether it would be changed');

const DRIVEN = record({ driver });
export const MOVED = record({
  ...{ hostAddress, before: DRIVEN, after: DRIVEN, changed, steps },
  taken: orNull(record({ by: text('user and process'), since: time })),
});

const COUNTED = record({ numVfs: integer() });
export const VFS = record({ hostAddress, before: COUNTED, after: COUNTED, virtualFunctions: list(hostAddress), changed, steps });

export const SETTINGS = record({
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
export const SLOT = record(SLOT_FACTS);
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
  state: word(RULE_STATES),
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
