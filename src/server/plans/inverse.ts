/** The wish that takes a wish back, as far as there is one. */
import type { Of } from '../../json/contract/shape.ts';
import type { VF_SET, VFS } from '../../json/contract/host-changes.ts';
import type { Wish } from '../api/wishes.ts';

/**
 * What takes back a wish that was carried out; `items` say what there was before.
 *
 * @returns undefined where there is no way back: a reset, what was recovered.
 */
export function inverseOf(wish: Wish, items: readonly object[]): Wish | undefined {
  switch (wish.verb) {
    case 'prepare':
      return { verb: 'release', functions: wish.functions, ...(wish.group === undefined ? {} : { group: wish.group }) };
    case 'release':
      return { verb: 'prepare', functions: wish.functions, ...(wish.group === undefined ? {} : { group: wish.group }) };
    case 'attach': {
      const { guest, functions, scope } = wish;
      return { verb: 'detach', guest, functions, ...(scope === undefined ? {} : { scope }) };
    }
    case 'detach': {
      const { guest, functions, scope } = wish;
      return { verb: 'attach', guest, functions, ...(scope === undefined ? {} : { scope }) };
    }
    case 'swap':
      return { verb: 'swap', guest: wish.guest, old: wish.next, next: wish.old };
    case 'vf create':
    case 'vf remove': {
      const { physicalFunction } = wish;
      const { numVfs } = (items[0] as Of<typeof VFS> | undefined)?.before ?? { numVfs: 0 };
      return numVfs === 0 ? { verb: 'vf remove', physicalFunction } : { verb: 'vf create', physicalFunction, numVfs };
    }
    case 'vf set': {
      const before = (items[0] as Of<typeof VF_SET> | undefined)?.before;
      if (before === undefined) return undefined;
      const changed = Object.entries(before).filter(([name, value]) => value !== null && wish[name as keyof typeof wish] !== undefined);
      return { verb: 'vf set', virtualFunction: wish.virtualFunction, ...Object.fromEntries(changed) };
    }
    case 'slot on':
      return { verb: 'slot off', fids: wish.fids };
    case 'slot off':
      return { verb: 'slot on', fids: wish.fids };
    case 'pool create':
      return { verb: 'pool remove', network: wish.network };
    case 'attach from pool':
    case 'slot reset':
    case 'slot reconfigure':
    case 'persistent remove':
    case 'pool remove':
    case 'recover':
      return undefined;
  }
}
