/** The state of everything that the page shows, as one message. */
import { PROBLEM } from '../../json/contract/envelope.ts';
import { JUDGED, LISTED, READY, SHOWN } from '../../json/contract/functions.ts';
import { TREE } from '../../json/contract/definitions.ts';
import { GUEST, MIGRATION, PORTS } from '../../json/contract/guests.ts';
import { KEPT, LISTED_SLOT } from '../../json/contract/host-changes.ts';
import { IN_FORCE, PAST } from '../../json/contract/journal.ts';
import { hostAddress } from '../../json/contract/notation.ts';
import { flag, integer, list, type Of, orNull, record, text } from '../../json/contract/shape.ts';
import { OPERATION } from './operation.ts';

export const HOST = record({
  name: text('host name'),
  version: text('of hostdev'),
  readOnly: flag('whether nothing can be changed through this server'),
  seesAll: flag('false where it does not run as root: some uses cannot be seen then'),
  readiness: list(READY),
  libvirt: record({
    uri: orNull(text('null where none was found')),
    reachable: flag(),
    problem: orNull(PROBLEM),
    since: orNull(text('time since when it has not answered; null where it does')),
  }),
  problems: list(PROBLEM, 'what could not be read: the journal, the host; internal: what is shown is from before, and the server has a bug'),
});

export const GROUP = record({ iommuGroup: integer(), functions: list(hostAddress), together: flag('whether more than one function has to go') });

/** What the page has of the host at any time. */
export const STATE = record({
  host: HOST,
  functions: list(LISTED, 'every PCI function, in the order of the machine'),
  slots: list(LISTED_SLOT, 'function slots of IBM Z; empty elsewhere, and where they cannot be read, which is one of the problems of the host then'),
  guests: list(GUEST, 'of libvirt, by name'),
  persistent: list(KEPT, 'what is taken at every boot'),
  inForce: list(IN_FORCE, "what of hostdev's changes is in force, or was interrupted"),
  operations: list(OPERATION, 'latest first'),
});
export type WholeState = Of<typeof STATE>;

/** All of one function. */
export const FUNCTION = record({ function: LISTED, details: SHOWN, check: JUDGED, history: list(PAST, 'oldest first') });

const PART = record({ xml: text(), tree: orNull(TREE) });

/** All of one guest: what runs and what is defined, side by side. */
export const GUEST_DETAILS = record({
  guest: GUEST,
  live: orNull(PART),
  config: orNull(PART),
  ports: orNull(PORTS),
  migration: orNull(MIGRATION),
});
