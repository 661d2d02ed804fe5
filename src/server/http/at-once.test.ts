import { describe, expect, it } from 'vitest';
import { atOnce } from './at-once.ts';

/** Acts that end when they are told to. */
function acts() {
  const begun: string[] = [];
  const ends = new Map<string, { readonly resolve: () => void; readonly reject: (error: Error) => void }>();
  const act = (name: string) => (): Promise<string> =>
    new Promise((resolve, reject) => {
      begun.push(name);
      ends.set(name, { resolve: () => resolve(name), reject });
    });
  return { begun, act, end: (name: string) => ends.get(name)?.resolve(), fail: (name: string) => ends.get(name)?.reject(new Error(name)) };
}

describe('so many at once', () => {
  it('act, the others wait for their turn in order, also behind one that fails', async () => {
    const { begun, act, end, fail } = acts();
    const run = atOnce(2, 10);
    const all = ['a', 'b', 'c', 'd'].map((name) => run(act(name)).catch((error: Error) => `${error.message} failed`));
    await Promise.resolve();
    expect(begun).toEqual(['a', 'b']);
    fail('b');
    await expect.poll(() => begun).toEqual(['a', 'b', 'c']);
    end('a');
    await expect.poll(() => begun).toEqual(['a', 'b', 'c', 'd']);
    end('c');
    end('d');
    expect(await Promise.all(all)).toEqual(['a', 'b failed', 'c', 'd']);
  });

  it('and so many wait: more are refused, and there is room again afterwards', async () => {
    const { act, end } = acts();
    const run = atOnce(1, 1);
    const [first, second] = [run(act('a')), run(act('b'))];
    await expect(run(act('c'))).rejects.toMatchObject({ code: 'server-full' });
    end('a');
    await first;
    await Promise.resolve();
    end('b');
    await second;
    const third = run(act('d'));
    await Promise.resolve();
    end('d');
    expect(await third).toBe('d');
  });
});
