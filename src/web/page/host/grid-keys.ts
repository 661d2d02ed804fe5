/** What a key does in the tree: the treegrid pattern of WAI-ARIA, and letters for what is done most. */
import type { HostRow } from './rows.ts';

export type GridMove =
  | { readonly to: 'row'; readonly key: string }
  | { readonly to: 'fold' | 'unfold' | 'open' | 'give' | 'take back' | 'choose'; readonly key: string };

/** How far Page Up and Page Down go. */
const PAGE_ROWS = 10;

/** null: the key is not ours. */
export function gridMove(pressed: string, rows: readonly HostRow[], current: string | null): GridMove | null {
  const at = Math.max(
    0,
    rows.findIndex(({ node }) => node.key === current),
  );
  const row = rows[at];
  if (row === undefined) return null;
  const { node, unfolded, parent } = row;
  const step = (by: number): GridMove => ({ to: 'row', key: rows[Math.min(rows.length - 1, Math.max(0, at + by))]?.node.key ?? node.key });
  switch (pressed) {
    case 'ArrowDown':
      return step(1);
    case 'ArrowUp':
      return step(-1);
    case 'PageDown':
      return step(PAGE_ROWS);
    case 'PageUp':
      return step(-PAGE_ROWS);
    case 'Home':
      return step(-rows.length);
    case 'End':
      return step(rows.length);
    case 'ArrowRight':
      return unfolded === false ? { to: 'unfold', key: node.key } : unfolded === true ? step(1) : null;
    case 'ArrowLeft':
      if (unfolded === true) return { to: 'fold', key: node.key };
      return parent === null ? null : { to: 'row', key: parent };
    case 'Enter':
      if (node.kind === 'function' || node.kind === 'slot') return { to: 'open', key: node.key };
      return unfolded === null ? null : { to: unfolded ? 'fold' : 'unfold', key: node.key };
    case 'x':
    case ' ':
      return node.kind === 'function' ? { to: 'choose', key: node.key } : null;
    case 'g':
      return node.kind === 'function' ? { to: 'give', key: node.key } : null;
    case 'd':
      return node.kind === 'function' ? { to: 'take back', key: node.key } : null;
    default:
      return null;
  }
}

/** What is told of them behind `?`. */
export const KEYS: readonly (readonly [string, string])[] = [
  ['/', 'search'],
  ['↑ ↓ Home End', 'another row'],
  ['→ ←', 'unfold, fold'],
  ['Enter', 'all of a function'],
  ['x', 'choose several'],
  ['g', 'give to a guest'],
  ['d', 'take back from a guest'],
  ['Esc', 'close what is open'],
  ['?', 'these keys'],
];
