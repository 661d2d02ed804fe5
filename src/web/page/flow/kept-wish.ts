/** A wish in the address of the page. The text of a file stays out of it, and is kept for the tab instead: a reload finds both. */
import { type Draft, parseDraft } from './wish-fields.ts';

const KEY = 'hostdev-wish-file';

/** What a browser keeps for a tab. */
interface TabStorage {
  readonly getItem: (key: string) => string | null;
  readonly setItem: (key: string, value: string) => void;
}

const tab = (): TabStorage | undefined => (globalThis as { readonly sessionStorage?: TabStorage }).sessionStorage;

/** For where the browser keeps nothing, or no text that is so long. */
let written = '';

export function keepText(text: string): void {
  written = text;
  try {
    tab()?.setItem(KEY, text);
  } catch {
    // It is there until the next reload.
  }
}

function keptText(): string {
  try {
    return written || (tab()?.getItem(KEY) ?? '');
  } catch {
    return written;
  }
}

/** What stands in the address for a wish, or for one that is not put together yet. */
export function formatWish(wish: { readonly verb: string } & Readonly<Record<string, unknown>>): string {
  if (wish.verb !== 'apply') return JSON.stringify(wish);
  const { text, ...rest } = wish;
  if (typeof text === 'string') keepText(text);
  return JSON.stringify(rest);
}

/** null: what stands there is no wish of this page. */
export function parseWish(address: string): Draft | null {
  const draft = parseDraft(address);
  return draft?.verb === 'apply' && draft['text'] === undefined ? { ...draft, text: keptText() } : draft;
}
