/** What a page notes about itself while it is measured. */
import type { Page } from 'playwright-core';

/** Tasks that block it, when bytes of the stream come, when rows are painted. */
export const NOTES = `
  globalThis.notes = { tasks: [], firstRows: 0, came: undefined, stateCame: 0, paints: [] };
  new PerformanceObserver((list) => notes.tasks.push(...list.getEntries().map((each) => each.duration))).observe({ type: 'longtask' });
  const read = ReadableStreamDefaultReader.prototype.read;
  ReadableStreamDefaultReader.prototype.read = async function () {
    const found = await read.call(this);
    notes.came = performance.now();
    notes.stateCame ||= notes.came;
    return found;
  };
  new MutationObserver(() => {
    // What is painted later for the same event, as the end of a mark, is no answer to it.
    const { came } = notes;
    notes.came = undefined;
    requestAnimationFrame(() => setTimeout(() => {
      if (notes.firstRows === 0 && document.querySelector('[role=row][data-key]') !== null) notes.firstRows = performance.now();
      if (came !== undefined) notes.paints.push(performance.now() - came);
    }));
  }).observe(document, { subtree: true, childList: true, attributes: true });
`;

interface Notes {
  readonly tasks: readonly number[];
  readonly firstRows: number;
  readonly stateCame: number;
  readonly paints: readonly number[];
}

export const notesOf = (page: Page): Promise<Notes> => page.evaluate('globalThis.notes');
