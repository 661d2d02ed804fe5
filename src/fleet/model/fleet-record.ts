/** What a fleet is: kept once, under the key that every member reads first. */
import { fields, flag, text } from './record-fields.ts';
import type { RecordKind } from './record-kinds.ts';

/** `fleet` */
export interface FleetRecord {
  readonly version: 1;
  /** Tells this fleet from another one that is made in its place. */
  readonly id: string;
  /** Whether a host attaches only what was claimed before; otherwise it makes a claim of its own. */
  readonly requireClaims: boolean;
  readonly by: string;
  readonly at: string;
}

export const FLEET: RecordKind<FleetRecord> = {
  name: 'record of the fleet',
  check: fields({ id: text(64), requireClaims: flag, by: text(256), at: text(64) }),
};
