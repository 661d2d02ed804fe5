import { describe, expect, it } from 'vitest';
import { namingBugs } from './name-bugs.ts';

describe('a bug in the background', () => {
  it('is told with what was being done, and where it is', () => {
    const told: Error[] = [];
    const bug = new TypeError('x is undefined');
    namingBugs((error) => void told.push(error as Error))('reading the host')(bug);
    expect(told.map(({ message }) => message)).toEqual(['reading the host: x is undefined']);
    expect(told[0]?.stack).toBe(`reading the host: ${bug.stack}`);
  });

  it('is told once while it is the same, whatever else fails', () => {
    const told: string[] = [];
    const bugs = namingBugs((error) => void told.push((error as Error).message));
    for (const [what, text] of [
      ['a', 'x'],
      ['a', 'x'],
      ['b', 'x'],
      ['a', 'y'],
      ['a', 'y'],
      ['a', 'x'],
    ] as const)
      bugs(what)(new Error(text));
    expect(told).toEqual(['a: x', 'b: x', 'a: y', 'a: x']);
  });
});
