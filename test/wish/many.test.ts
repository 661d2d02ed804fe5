/** Wishes as long as a file may be. */
import { expect, it } from 'vitest';
import { meantTwice } from '../../src/app/wish/meant-twice.ts';

it('what is named twice is found among tens of thousands in a moment', () => {
  const at = { file: 'wish.yaml', line: 1, column: 1 };
  const all = Array.from({ length: 50_000 }, (_, i) => {
    const written = `f${i % 49_999}`;
    return { at, name: written, address: undefined, selector: { kind: 'name' as const, at, written, name: { kind: 'fid' as const, written, id: i } } };
  });
  const began = process.cpuUsage().user;
  expect(meantTwice(all).map(({ message }) => message)).toEqual(['f0 is named twice']);
  // Each with each would be seconds.
  expect((process.cpuUsage().user - began) / 1000).toBeLessThan(1500);
});
