/** Guests, what they hold, and how they are changed. */
import { PROBLEM } from './envelope.ts';
import { fid, guestAddress, hostAddress, uid, VERSIONS } from './notation.ts';
import { flag, integer, list, orNull, record, text, word } from './shape.ts';
import { plan, steps } from './steps.ts';

const guest = text('name of the guest; of a definition in a file its name as it was given, of a QEMU its monitor');
const ids = { uid: orNull(uid), fid: orNull(fid) };
const live = flag('whether the guest that runs has it');
const config = flag('whether the definition has it');

const HELD = record({
  ...{ hostAddress, guestAddress: orNull(guestAddress), ...ids, managed: flag(), live, config },
  ...{ alias: orNull(text()), mac: orNull(text()) },
});
export const GUEST = record({
  ...{ guest, uuid: text(), id: orNull(integer()), state: text(), persistent: flag(), autostart: flag() },
  ...{ functions: list(HELD), problems: list(PROBLEM) },
});

export const CHANGED_FUNCTION = record({
  device: text('address of the function; MAC address or pool where it was named by that'),
  hostAddress: orNull(hostAddress),
  guestAddress: orNull(guestAddress),
  ...ids,
  live: orNull(flag('whether what runs is changed; null where it is as asked for already')),
  config: orNull(flag('whether the definition is changed; null where it is as asked for already')),
  changed: flag('false where it was so already; in a dry run, whether it would be changed'),
});
export const GUEST_CHANGE = record({
  kind: word(['guest change']),
  guest,
  source: word(['libvirt', 'qemu', 'file'], 'whose guest it is'),
  uuid: orNull(text()),
  state: orNull(text('null for a file')),
  changed: flag('false where all was so already; in a dry run, whether it would be changed'),
  functions: list(CHANGED_FUNCTION),
  plan,
  xml: orNull(text('of a file: the definition as it is afterwards')),
  versions: orNull(VERSIONS),
});

const FREE = { freeLive: orNull(integer('in the guest that runs; null while it does not')), freeConfig: orNull(integer('after its next start')) };
export const PORTS = record({
  ...{ guest, state: text(), ...FREE, conventional: orNull(record(FREE, 'places that take conventional functions, where root ports do not')) },
  ...{ changed: flag(), added: integer('ports that were added, or would be'), elements: list(text()), steps, versions: orNull(VERSIONS) },
});

export const MIGRATION = record({
  ...{ guest, state: text(), blocked: flag() },
  findings: list(
    record({
      device: text(),
      effect: word(['blocks', 'replaced', 'perhaps'], 'replaced: a teaming interface stands in'),
      reason: text(),
      remedy: orNull(text()),
    }),
  ),
});
