/** One subject from one state to another: what is planned, shown, kept in the journal, carried out, undone and recovered. */

/** What can be done to a host. */
export const HOST_VERBS = ['prepare', 'release', 'vf create', 'vf remove', 'vf set', 'slot on', 'slot off', 'slot reset', 'persist', 'unpersist'] as const;

/** What can be done to a guest. */
export const GUEST_VERBS = ['attach', 'detach', 'swap', 'ports add'] as const;

/** What can be done to a pool of functions, a network of libvirt. */
export const POOL_VERBS = ['pool create', 'pool remove'] as const;

export type HostVerb = (typeof HOST_VERBS)[number];

export type GuestVerb = (typeof GUEST_VERBS)[number];

type PoolVerb = (typeof POOL_VERBS)[number];

export type Verb = HostVerb | GuestVerb | PoolVerb;

export function isGuestVerb(verb: Verb): verb is GuestVerb {
  return (GUEST_VERBS as readonly string[]).includes(verb);
}

/** Whether a verb changes what the kernel and files of this host show; what libvirt keeps is libvirt's to tell. */
export function isHostVerb(verb: Verb): verb is HostVerb {
  return (HOST_VERBS as readonly string[]).includes(verb);
}

/** Whether what a verb does outlives the boot: files do, and so do definitions of libvirt's; what sysfs shows does not. */
export function isLasting(verb: Verb): boolean {
  return !isHostVerb(verb) || verb === 'persist' || verb === 'unpersist';
}

/** Verbs that change the same facts of a subject: of those only the last one counts. */
export const TOPIC: Readonly<Record<Verb, 'driver' | 'vfs' | 'settings' | 'slot' | 'rule' | 'guest' | 'ports' | 'pool'>> = {
  prepare: 'driver',
  release: 'driver',
  'vf create': 'vfs',
  'vf remove': 'vfs',
  'vf set': 'settings',
  'slot on': 'slot',
  'slot off': 'slot',
  'slot reset': 'slot',
  persist: 'rule',
  unpersist: 'rule',
  attach: 'guest',
  detach: 'guest',
  swap: 'guest',
  'ports add': 'ports',
  'pool create': 'pool',
  'pool remove': 'pool',
};

/** What a transition changes: two with the same text change the same facts of the same subject. Guests and networks have their names within one libvirt only. */
export function topicOf({ verb, subject, before }: Pick<Transition, 'verb' | 'subject' | 'before'>): string {
  const words = [TOPIC[verb], subject];
  return (isHostVerb(verb) ? words : [...words, before['uri'] ?? '', before['guest'] ?? '']).join(' ');
}

/** Named facts of a subject, as the kernel or a file shows them; null where there is none. */
export type State = Readonly<Record<string, string | null>>;

/** What is changed, from what, to what: `wanted` is also how it is seen to have happened. */
export interface Transition {
  readonly verb: Verb;
  /** Address of a function; for slots the function id as the slot's directory has it, for rules the address they are for, for guests `0007:00:00.0 in web`, for pools the name of the network, for ports that of the guest. */
  readonly subject: string;
  readonly before: State;
  readonly wanted: State;
}

/** Two states are the same when every fact of the first is so in the second. */
export function sameState(now: State, other: State): boolean {
  return Object.entries(now).every(([name, value]) => (other[name] ?? null) === value);
}

/**
 * The way back: what undoes a transition is a transition itself.
 *
 * @example
 * ```ts
 * import { reverse } from 'hostdev';
 * const back = reverse({ verb: 'prepare', subject: '0000:01:00.0', before: { driver: 'nvme' }, wanted: { driver: 'vfio-pci' } });
 * console.log(back.verb, back.wanted['driver']); // → release nvme
 * ```
 */
export function reverse({ verb, subject, before, wanted }: Transition): Transition {
  // What has to be known to carry it out (which guest, which elements) is known in both directions.
  return { verb: reverseVerb(verb, before), subject, before: { ...before, ...wanted }, wanted: { ...wanted, ...before } };
}

function reverseVerb(verb: Verb, before: State): Verb {
  switch (verb) {
    case 'vf create':
      return before['count'] === '0' ? 'vf remove' : 'vf create';
    case 'persist':
    case 'unpersist':
      return (before['rule'] ?? null) === null ? 'unpersist' : 'persist';
    default:
      return OPPOSITE[verb];
  }
}

const OPPOSITE: Readonly<Record<Exclude<Verb, 'vf create' | 'persist' | 'unpersist'>, Verb>> = {
  prepare: 'release',
  release: 'prepare',
  'vf remove': 'vf create',
  'vf set': 'vf set',
  'slot on': 'slot off',
  'slot off': 'slot on',
  // A function that was reset is where it was.
  'slot reset': 'slot reset',
  attach: 'detach',
  detach: 'attach',
  swap: 'swap',
  // Nobody takes them away again: something may have been plugged in.
  'ports add': 'ports add',
  'pool create': 'pool remove',
  'pool remove': 'pool create',
};
