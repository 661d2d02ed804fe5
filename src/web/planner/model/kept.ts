/** What is kept over a reload: in this browser tab, and gone with it. */
import type { NamedText } from './definition.ts';

export interface Kept {
  readonly definition: NamedText | undefined;
  readonly host: NamedText | undefined;
  readonly libvirt: string | undefined;
}

const KEY = 'hostdev-planner';

/** Nothing where nothing was kept, or the browser keeps nothing. */
export function readKept(): Partial<Kept> {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Kept>;
  } catch {
    return {};
  }
}

/** A snapshot may be larger than a browser keeps: then there is nothing after a reload, and no harm. */
export function keep(kept: Kept): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // As above.
  }
}
