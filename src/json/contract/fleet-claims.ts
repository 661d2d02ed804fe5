/** What a fleet has agreed on: claims, mappings, and what contradicts them. */
import { CLAIM_STATES } from '../../fleet/model/records.ts';
import { fid, uid } from './notation.ts';
import { flag, integer, list, orNull, record, text, word, written } from './shape.ts';

const functionKey = text('a function of the fleet: host/kvm1/0000:3b:00.0, host/kvm1/0000:3b:00.0/vf/3, cpc/8561-0123456/0000a0f1');
const host = text('name of a host of the fleet');
const guest = text('name of a guest');
const token = written(/^\d+$/, 'fencing token, a decimal number that grows: whoever has seen a higher one of the same function has the newer right');
const at = text('when it was written, for people: no decision uses a clock');

const CLAIM_FIELDS = {
  ...{ function: functionKey, host, guest, state: word(CLAIM_STATES), mapping: orNull(text('the mapping it was claimed by')) },
  together: list(functionKey, 'the rest of its IOMMU group, claimed with it'),
  ...{ fingerprint: text(), request: text('id of what was asked for'), token, by: text('who asked'), at },
  ...{ uid: orNull(uid), fid: orNull(fid) },
  ...{ until: orNull(text('a reminder; no clock ends a claim')), why: orNull(text('of lost and stuck; foreign: it was given past the fleet')) },
};

export const FLEET_CLAIM = record(CLAIM_FIELDS);

export const FLEET_CLAIM_MADE = record({
  ...{ changed: flag('in a dry run, whether it would be claimed'), function: functionKey, host, guest, mapping: orNull(text()), together: list(functionKey) },
  ...{ request: orNull(text('null in a dry run')), token: orNull(token), until: orNull(text()) },
  // In a dry run the next that are free.
  ...{ uid: orNull(uid), fid: orNull(fid) },
});

export const FLEET_RELEASED = record({
  changed: flag('in a dry run, whether it would be released'),
  claim: orNull(FLEET_CLAIM),
  request: orNull(text('a request that was open, and is given up')),
  id: orNull(text('an id of IBM Z that was kept for a claim that is gone: uid 0x0021')),
});

export const FLEET_FORGOTTEN = record({ changed: flag('in a dry run, whether it would be forgotten'), host, claims: list(FLEET_CLAIM, 'what was freed') });

export const FLEET_CHECKED = record({
  ...{ hosts: integer('hosts that were looked at'), claims: integer(), mappings: integer(), requests: integer('those that are open') },
  findings: integer('disagreements: each is in problems, with what to do'),
});

const MAPPING_FIELDS = {
  ...{ name: text(), match: list(text('as --match takes it'), 'any of them'), wholeGroup: flag(), description: orNull(text()) },
  migratable: flag('somebody says that the state of its functions can be moved to another host'),
  functions: list(record({ function: functionKey, host, free: flag('whether it can be claimed now'), why: orNull(text('why not')) }), 'what matches now'),
};

export const FLEET_MAPPING = record(MAPPING_FIELDS);
export const FLEET_MAPPING_SET = record({ changed: flag('false where it was so already; in a dry run, whether it would be written'), ...MAPPING_FIELDS });
export const FLEET_MAPPING_REMOVED = record({ changed: flag('false where there was none; in a dry run, whether it would be removed'), name: text() });
