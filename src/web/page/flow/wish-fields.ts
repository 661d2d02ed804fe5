/** What a wish of each verb is made of, as fields to choose: the contract's names, in the words of the command's options. */
import type { Wish, WishVerb } from '../../../server/api/wishes.ts';

/** `function`: one of the host; `functions`: some. `number` and `text` are typed. A `switch` can be left as it is, a `flag` cannot. */
type FieldKind = 'guest' | 'function' | 'functions' | 'slots' | 'flag' | 'switch' | 'number' | 'text' | 'scope' | 'wish file';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly label: string;
  readonly isNeeded: boolean;
  /** What it is while it is left out. */
  readonly otherwise?: string;
}

const needed = (name: string, kind: FieldKind, label: string): Field => ({ name, kind, label, isNeeded: true });
const option = (name: string, kind: FieldKind, label: string, otherwise?: string): Field => ({
  name,
  kind,
  label,
  isNeeded: false,
  ...(otherwise === undefined ? {} : { otherwise }),
});

const SOME = needed('functions', 'functions', 'Functions of the host');
const GUEST = needed('guest', 'guest', 'Guest');
const GROUP = option('group', 'flag', 'With the rest of their IOMMU groups');
const TIMEOUT = option('timeoutSeconds', 'number', 'Seconds for the guest to let go', '60');
const SCOPE = option('scope', 'scope', 'What is changed', 'what runs, else the definition');
const PERSIST = option('persist', 'flag', 'At every boot');
const MAC = option('mac', 'text', 'MAC address', 'as it is');
const VLAN = option('vlan', 'number', 'VLAN', 'as it is');
const SLOTS = [needed('fids', 'slots', 'Slots')];

/** What is put together in a form; what is to be undone is chosen where it was done. */
type FormVerb = Exclude<WishVerb, 'undo'>;

/** `force` is no field: it is asked for after a refusal that says that it can be, with what is lost. */
export const FIELDS: Readonly<Record<FormVerb, readonly Field[]>> = {
  attach: [
    ...[GUEST, SOME, GROUP, SCOPE, TIMEOUT],
    option('uid', 'text', 'uid in the guest', 'the lowest that is free'),
    option('fid', 'text', 'fid in the guest', 'the lowest that is free'),
  ],
  'attach from pool': [GUEST, needed('network', 'text', 'Pool'), SCOPE, MAC, VLAN, TIMEOUT],
  detach: [GUEST, SOME, SCOPE, TIMEOUT],
  swap: [GUEST, needed('old', 'function', 'Takes away'), needed('next', 'function', 'Gives instead'), TIMEOUT],
  prepare: [SOME, GROUP, PERSIST, option('driver', 'text', 'VFIO driver', 'the one that fits')],
  release: [SOME, GROUP],
  'ports add': [GUEST, needed('count', 'number', 'How many root ports more')],
  'vf create': [
    needed('physicalFunction', 'function', 'Physical function'),
    needed('numVfs', 'number', 'How many there are to be'),
    option('hostDrivers', 'flag', 'Host drivers may take them'),
    PERSIST,
  ],
  'vf remove': [needed('physicalFunction', 'function', 'Physical function')],
  'vf set': [
    ...[needed('virtualFunction', 'function', 'Virtual function'), MAC, VLAN],
    option('trust', 'switch', 'Trusted', 'as it is'),
    option('spoofchk', 'switch', 'Spoof check', 'as it is'),
    option('rate', 'number', 'Mbit/s, 0: no limit', 'as it is'),
    PERSIST,
  ],
  'slot on': SLOTS,
  'slot off': SLOTS,
  'slot reset': SLOTS,
  'slot reconfigure': SLOTS,
  'persistent remove': [SOME],
  'pool create': [needed('network', 'text', 'Name of the pool'), SOME, option('autostart', 'flag', 'At every boot of the host')],
  'pool remove': [needed('network', 'text', 'Pool')],
  apply: [
    needed('text', 'wish file', 'Wish'),
    option('file', 'text', 'Name of the file', 'wish.yaml'),
    option('prune', 'flag', 'What hostdev has made, and the file does not name, goes'),
    TIMEOUT,
  ],
  recover: [],
};

/** A wish while it is being put together. */
export type Draft = { readonly verb: FormVerb } & Readonly<Record<string, unknown>>;

/** null: the text is no wish of this page. */
export function parseDraft(text: string): Draft | null {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== 'object' || found === null || !('verb' in found)) return null;
    return typeof found.verb === 'string' && Object.hasOwn(FIELDS, found.verb) ? (found as Draft) : null;
  } catch {
    return null;
  }
}

/** Names of needed fields that are not filled in yet. */
export function missingFields(draft: Draft): readonly string[] {
  return FIELDS[draft.verb].filter(({ name, isNeeded }) => isNeeded && isLeftOut(draft[name])).map(({ label }) => label);
}

/** The wish as the server takes it: what is left out is left out. */
export function wishOf(draft: Draft): Wish {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => !isLeftOut(value))) as unknown as Wish;
}

function isLeftOut(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
