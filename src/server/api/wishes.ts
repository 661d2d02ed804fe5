/** What can be asked for: one wish a verb, in the words of the command that does the same. */
import { fid, hostAddress, macAddress, uid } from '../../json/contract/notation.ts';
import { SCOPES } from '../../plan/guest-scope.ts';
import { either, flag, integer, type Of, oneOrMore, request, type Shape, text, word, written } from '../../json/contract/shape.ts';

const some = oneOrMore(hostAddress, 'PCI functions of the host');
const force = flag('take what the host uses; the plan says what is lost by it');
const group = flag('with the rest of their IOMMU groups');
const guest = text('name, uuid or id of a guest of libvirt');
const scope = word(SCOPES, 'which part of the guest; current when it is left out');
const timeoutSeconds = integer('how long the guest has to let go; 60 when it is left out');
const numVfs = integer('how many virtual functions there are to be');
const slots = oneOrMore(fid, 'function ids of slots');
const mac = macAddress('MAC address');
const vlan = integer('0 to 4094');
const network = text('name of a pool');

const given = { scope, force, timeoutSeconds } as const;
const ofSlots = <const V extends string>(verb: V) => request({ verb: word([verb]), fids: slots }, { force });

/** What goes with a wish file. */
const ofFile = {
  // Each problem of the file has it.
  file: written(/^[^\u0000-\u001f\u007f-\u009f]{1,255}$/, 'what the file is called: problems have it in their places; wish.yaml when it is left out'),
  prune: flag('what hostdev has made, and the file does not name, goes'),
  force,
  timeoutSeconds,
} as const;

/** Each wish by its verb. */
export const WISHES = {
  prepare: request({ verb: word(['prepare']), functions: some }, { group, force, persist: flag('at every boot'), driver: text('VFIO driver that takes them') }),
  release: request({ verb: word(['release']), functions: some }, { group }),
  attach: request(
    { verb: word(['attach']), guest, functions: some },
    { ...given, group, managed: flag('whether libvirt takes them from the host and gives them back; true when it is left out'), uid, fid },
  ),
  'attach from pool': request({ verb: word(['attach from pool']), guest, network }, { ...given, mac, vlan }),
  detach: request({ verb: word(['detach']), guest, functions: some }, { scope, timeoutSeconds }),
  swap: request({ verb: word(['swap']), guest, old: hostAddress, next: hostAddress }, { force, timeoutSeconds }),
  'ports add': request({ verb: word(['ports add']), guest, count: integer('how many root ports; they are there after the next start of the guest') }, {}),
  'vf create': request(
    { verb: word(['vf create']), physicalFunction: hostAddress, numVfs },
    { hostDrivers: flag('whether host drivers may take them'), persist: flag('at every boot') },
  ),
  'vf remove': request({ verb: word(['vf remove']), physicalFunction: hostAddress }, {}),
  'vf set': request(
    { verb: word(['vf set']), virtualFunction: hostAddress },
    { mac, vlan, trust: flag(), spoofchk: flag(), rate: integer('Mbit/s; 0: no limit'), force, persist: flag('at every boot') },
  ),
  'slot on': ofSlots('slot on'),
  'slot off': ofSlots('slot off'),
  'slot reset': ofSlots('slot reset'),
  'slot reconfigure': ofSlots('slot reconfigure'),
  'persistent remove': request({ verb: word(['persistent remove']), functions: some }, {}),
  'pool create': request({ verb: word(['pool create']), network, functions: some }, { force, autostart: flag('at every boot of the host') }),
  'pool remove': request({ verb: word(['pool remove']), network }, { force }),
  apply: request({ verb: word(['apply']), text: text('a wish file, as hostdev apply takes it: YAML or JSON, no more than 1 MiB') }, ofFile),
  recover: request({ verb: word(['recover']) }, {}, 'finish or undo what was interrupted'),
  undo: request(
    { verb: word(['undo']), operations: oneOrMore(text('id'), 'operations of this server that have ended') },
    { force, timeoutSeconds },
    'undo what operations have done, the latest first',
  ),
} as const;

export type WishVerb = keyof typeof WISHES;

export const WISH = either(...(Object.values(WISHES) as readonly (typeof WISHES)[WishVerb][]));

/** What is asked for. */
export type Wish = Of<(typeof WISHES)[WishVerb]>;

/** What is asked for, as an operation tells it at each of its steps: without the text of a file, which its plan has. */
export const TOLD_WISH = either(...(Object.values({ ...WISHES, apply: request({ verb: word(['apply']) }, ofFile) }) as readonly Shape<ToldWish>[]));

export type ToldWish = Exclude<Wish, { readonly verb: 'apply' }> | Omit<WishOf<'apply'>, 'text'>;

export function toldWish(wish: Wish): ToldWish {
  if (wish.verb !== 'apply') return wish;
  const { text: _, ...told } = wish;
  return told;
}

/** The wish of one verb. */
export type WishOf<V extends WishVerb> = Of<(typeof WISHES)[V]>;
