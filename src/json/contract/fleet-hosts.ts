/** Hosts of a fleet and their functions, what an agent tells, and what happens in a fleet. */
import { CLASS_WORDS } from '../../state/class-words.ts';
import { VERDICTS } from '../../state/verdict.ts';
import { FORMAT_VERSION } from './envelope.ts';
import { driver, evidenceLines, fid, hostAddress, time, uid } from './notation.ts';
import { flag, integer, list, number, orNull, record, text, word } from './shape.ts';

const formatVersion = number([FORMAT_VERSION]);
const host = text('name of the host in the fleet');
const key = text('key of the function in the fleet: host/kvm1/0000:3b:00.0');

export const MEMBERSHIP = record({
  store: text('dir:/PATH, or endpoints of an etcd'),
  host: orNull(text('name of this host in the fleet; null where a fleet was made')),
  requireClaims: flag('whether hosts attach only what was claimed before'),
  changed: flag('false where it was so already; in a dry run, whether it would be done'),
  functions: orNull(integer('how many functions the host has told of; null where it told of none now')),
  steps: list(text('command line'), "what is done to an etcd's users and roles"),
});

const FLEET_CLAIM = record({
  ...{ guest: text(), host: text('the host that is to attach it'), state: text('claimed, attaching, attached, releasing, lost, stuck'), by: text() },
  token: text('its fencing token, a decimal number: a later claim has a larger one'),
  // IBM Z: what it keeps for the guest.
  ...{ uid: orNull(uid), fid: orNull(fid) },
  why: orNull(text('of a claim that is lost or stuck: why; foreign where it was found and not asked for')),
});

export const FLEET_FUNCTION = record({
  ...{ formatVersion, kind: word(['function']), host, key, hostAddress },
  ...{ class: text('0x020000'), vendor: text('0x8086'), device: text('0x10c9') },
  ...{ verdict: word(VERDICTS, "its host's own"), evidence: evidenceLines, driver, iommuGroup: orNull(integer()), numaNode: orNull(integer()) },
  companions: list(key, 'the rest of its IOMMU group'),
  physicalFunction: orNull(key),
  ...{ uid: orNull(uid), fid: orNull(fid), heldBy: list(text('guest')) },
  claim: orNull(FLEET_CLAIM),
});

export const FLEET_HOST = record({
  ...{ formatVersion, kind: word(['host']), host, alive: flag('whether its agent has said so lately: a hint, nothing is decided by it') },
  ...{ hostdev: text('version of its hostdev'), bootId: text(), sequence: integer('grows with each publication of one boot'), time },
  ...{ architecture: text(), libvirt: orNull(text('version')), qemu: orNull(text('version')) },
  ...{ functions: integer(), free: integer('free and claimed by nobody'), held: integer('held by guests'), claimed: integer() },
  classes: list(
    record({
      class: word(CLASS_WORDS.map((each) => each.word)),
      ...{ functions: integer(), free: integer('free and claimed by nobody'), held: integer('held by guests'), inUse: integer('in use by the host') },
    }),
    'the same by class',
  ),
  problems: list(text('what keeps it from giving anything')),
});

export const AGENT_EVENT = record({
  ...{ formatVersion, time, host },
  event: word(
    ['published', 'corrected', 'problem', 'back'],
    'corrected: a claim was brought into line with what is so on the host; problem: what stays so is told once; back: what kept the fleet from being told is over',
  ),
  code: orNull(text('of a problem')),
  detail: text(),
});

export const FLEET_EVENT = record({
  ...{ formatVersion, time },
  subject: word(['host', 'sign of life', 'claim', 'request', 'mapping', 'zpci id', 'fleet']),
  event: word(['written', 'deleted', 'missed'], 'missed: the store has forgotten what was between; list anew'),
  name: orNull(text('of the host or the mapping, or the key of the function')),
  revision: text('of the store, a decimal number'),
  detail: text(),
});
