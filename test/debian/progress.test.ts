import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { downloadProgress, type Shown } from '../../lab/debian/progress.ts';

describe('the progress of a download', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    ['on a terminal one line that moves', true, 400],
    ['elsewhere a line every ten seconds', false, 20_000],
  ])('is %s', (_, moves, elapsed) => {
    const lines: string[] = [];
    const shown: Shown = { note: (text) => lines.push(text), tell: () => undefined, moves };
    const progress = downloadProgress(shown);
    progress.begin('downloading host', 30 * 1024 * 1024);
    progress.onBytes(10 * 1024 * 1024);
    vi.advanceTimersByTime(elapsed / 2);
    progress.onBytes(15 * 1024 * 1024);
    vi.advanceTimersByTime(elapsed / 2);
    progress.end();
    vi.advanceTimersByTime(60_000);
    expect(lines).toEqual(['downloading host: 0 of 30 MB', 'downloading host: 10 of 30 MB', 'downloading host: 25 of 30 MB']);
  });

  it('is not shown when everything is there', () => {
    const lines: string[] = [];
    const progress = downloadProgress({ note: (text) => lines.push(text), tell: () => undefined, moves: false });
    progress.begin('downloading host', 0);
    vi.advanceTimersByTime(60_000);
    progress.end();
    expect(lines).toEqual([]);
  });
});
