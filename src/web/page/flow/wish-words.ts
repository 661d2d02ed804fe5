/** What is asked for, as a heading and on the button that does it. */
import type { WishVerb } from '../../../server/api/wishes.ts';
import { counted } from '../host/count.ts';

/** A wish, or one that is not put together yet. */
export type WordedWish = { readonly verb: WishVerb } & Readonly<Record<string, unknown>>;

/** @example wishWords({ verb: 'attach', guest: 'db1', functions: ['0002:00:00.0'] }) → 'Give 0002:00:00.0 to db1' */
export function wishWords(draft: WordedWish): string {
  const guest = typeof draft['guest'] === 'string' && draft['guest'] !== '' ? draft['guest'] : 'a guest';
  const some = several(draft['functions'], 'function');
  const slots = several(draft['fids'], 'slot');
  const word = (name: string, otherwise: string): string => (draft[name] === undefined || draft[name] === '' ? otherwise : String(draft[name]));
  switch (draft.verb) {
    case 'attach':
      return `Give ${some} to ${guest}`;
    case 'attach from pool':
      return `Give one of ${word('network', 'a pool')} to ${guest}`;
    case 'detach':
      return `Take ${some} back from ${guest}`;
    case 'swap':
      return `Swap ${word('old', 'a function')} for ${word('next', 'another')} in ${guest}`;
    case 'prepare':
      return `Prepare ${some}`;
    case 'release':
      return `Release ${some}`;
    case 'ports add':
      return `Add ${typeof draft['count'] === 'number' ? counted(draft['count'], 'root port') : 'root ports'} to ${guest}`;
    case 'vf create':
      return `Make ${typeof draft['numVfs'] === 'number' ? counted(draft['numVfs'], 'virtual function') : 'virtual functions'} of ${word('physicalFunction', 'a function')}`;
    case 'vf remove':
      return `Remove the virtual functions of ${word('physicalFunction', 'a function')}`;
    case 'vf set':
      return `Set ${word('virtualFunction', 'a virtual function')}`;
    case 'slot on':
      return `Switch ${slots} on`;
    case 'slot off':
      return `Switch ${slots} off`;
    case 'slot reset':
      return `Reset ${slots}`;
    case 'slot reconfigure':
      return `Reconfigure ${slots}`;
    case 'persistent remove':
      return `No longer take ${some} at every boot`;
    case 'pool create':
      return `Make the pool ${word('network', '')}`.trim();
    case 'pool remove':
      return `Remove the pool ${word('network', '')}`.trim();
    case 'apply':
      return `Apply ${word('file', 'a wish file')}`;
    case 'recover':
      return 'Recover what was interrupted';
    case 'undo':
      return `Undo ${Array.isArray(draft['operations']) && draft['operations'].length > 1 ? counted(draft['operations'].length, 'operation') : 'an operation'}`;
  }
}

/** The same, with what is undone where that is one of these operations. */
export function askedWords(wish: WordedWish, operations: readonly { readonly id: string; readonly wish: object }[]): string {
  const [only, ...others] = wish.verb === 'undo' && Array.isArray(wish['operations']) ? (wish['operations'] as readonly unknown[]) : [];
  const undone = others.length > 0 ? undefined : operations.find(({ id }) => id === only);
  return undone === undefined ? wishWords(wish) : `Undo: ${askedWords(undone.wish as WordedWish, operations)}`;
}

function several(given: unknown, one: string): string {
  if (!Array.isArray(given) || given.length === 0) return `a ${one}`;
  return given.length <= 2 ? given.join(' and ') : counted(given.length, one);
}
