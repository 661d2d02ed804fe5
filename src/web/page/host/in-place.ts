/** The tree as it stood when somebody came to its rows, with what is known now: nothing moves below a finger, and what has changed is told in its place. */
import type { WholeState } from '../../../server/api/state.ts';
import { countWords } from './count.ts';
import { type HostNode, leavesOf, type ListedFunction, type ListedSlot, slotKey } from './node.ts';

export interface HeldTree {
  readonly tree: readonly HostNode[];
  /** Keys of rows whose function or slot is not there any more: a slot whose function has come, too. */
  readonly gone: ReadonlySet<string>;
  /** Rows that would be there besides. */
  readonly coming: number;
}

interface Now extends Pick<WholeState, 'functions' | 'slots'> {
  /** What would be shown if nobody held it. */
  readonly found: readonly HostNode[];
}

/** What is there now, by the keys of rows. */
interface There {
  readonly functions: ReadonlyMap<string, ListedFunction>;
  /** Those without a function. */
  readonly slots: ReadonlyMap<string, ListedSlot>;
}

/** `held`: what was shown when it began to be held. */
export function inPlace(held: readonly HostNode[], { functions, slots, found }: Now): HeldTree {
  const configured = new Set(functions.map(({ fid }) => fid));
  const there: There = {
    functions: new Map(functions.map((each) => [each.hostAddress, each])),
    slots: new Map(slots.filter(({ fid }) => !configured.has(fid)).map((slot) => [slotKey(slot.fid), slot])),
  };
  const before = new Set(held.flatMap(leavesOf).flatMap(keysOf));
  return {
    tree: held.map((node) => renewed(node, there)),
    gone: new Set([...before].filter((key) => !there.functions.has(key) && !there.slots.has(key))),
    coming: found.flatMap(leavesOf).filter(({ key }) => !before.has(key)).length,
  };
}

/** A bridge with one child is in the row of the child. */
function keysOf(node: HostNode): readonly string[] {
  return node.kind === 'function' ? [node.key, ...node.behind] : [node.key];
}

/** A node at its own place with its own children, and what is known of its function now; of what has gone, what was known of it last. */
function renewed(node: HostNode, there: There): HostNode {
  const children = node.children.map((child) => renewed(child, there));
  switch (node.kind) {
    case 'function':
      return { ...node, function: there.functions.get(node.key) ?? node.function, children };
    case 'slot':
      return { ...node, slot: there.slots.get(node.key) ?? node.slot, children };
    case 'virtual functions': {
      const functions = stillThere(children, there);
      return { ...node, functions, words: countWords(functions, 'VF'), children };
    }
    case 'group':
      return { ...node, words: countWords(stillThere(children, there), 'function'), children };
    default:
      return { ...node, children };
  }
}

function stillThere(children: readonly HostNode[], { functions }: There): readonly ListedFunction[] {
  return children.flatMap(({ key }) => functions.get(key) ?? []);
}
