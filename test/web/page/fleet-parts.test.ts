/** How a list of the fleet is read part after part, and what is asked for it. */
import { describe, expect, it } from 'vitest';
import type { FleetPart } from '../../../src/web/page/connection/api.ts';
import { queryOf } from '../../../src/web/page/fleet/query.ts';
import { readParts } from '../../../src/web/page/fleet/read-parts.ts';
import { newest } from '../../../src/web/page/shell/newest.ts';

/** A list whose parts have that many items. */
function listOf(...sizes: readonly number[]): { readonly asked: (string | null)[]; readonly ask: (after: string | null) => Promise<FleetPart<number>> } {
  const asked: (string | null)[] = [];
  return {
    asked,
    ask: async (after) => {
      asked.push(after);
      const at = Number(after ?? 0);
      const items = Array.from({ length: sizes[at] ?? 0 }, (_, item) => item);
      const next = at + 1 < sizes.length ? String(at + 1) : null;
      return { host: 'kvm1', store: 'dir:/srv/fleet', time: '2026-11-26T08:00:00Z', items, next, looked: 500, unread: 0, problems: [] };
    },
  };
}

describe('a list of the fleet', () => {
  it.each([
    ['no further than somebody has asked for', [2, 2, 2], 1, [null]],
    ['as far as somebody has asked for', [2, 2, 2], 2, [null, '1']],
    ['to its end, and no further', [2, 2], 9, [null, '1']],
    ['through parts in which nothing was found, as far as the first that has something', [0, 0, 1, 5], 1, [null, '1', '2']],
    ['to its end where nothing is found at all', [0, 0, 0], 1, [null, '1', '2']],
  ] as const)('is read %s', async (_, sizes, wanted, asked) => {
    const list = listOf(...sizes);
    const parts = await readParts(wanted, list.ask);
    expect(list.asked).toEqual(asked);
    expect(parts).toHaveLength(asked.length);
  });

  it('is none where a part of it cannot be had', async () => {
    const { ask } = listOf(1, 1);
    await expect(readParts(2, async (after) => (after === null ? ask(after) : Promise.reject(new Error('away'))))).rejects.toThrow('away');
  });
});

describe('what is asked for', () => {
  it.each([
    [{}, null, ''],
    [{ class: '', host: ' ' }, null, ''],
    [{ class: 'gpu', host: ' kvm1,kvm2 ' }, null, '?class=gpu&host=kvm1%2Ckvm2'],
    [{ vendor: '10de&free=true' }, 'kvm1 host/kvm1/0000:3b:00.0', '?vendor=10de%26free%3Dtrue&after=kvm1+host%2Fkvm1%2F0000%3A3b%3A00.0'],
  ])('%j after %s is %s', (words, after, query) => {
    expect(queryOf(words, after)).toBe(query);
  });
});

describe('of several questions', () => {
  it('only the last one is answered, and none that was taken back', () => {
    const asked = newest();
    const [first, second] = [asked.ask(), asked.ask()];
    expect([first(), second()]).toEqual([false, true]);
    asked.forget();
    expect(second()).toBe(false);
  });
});
