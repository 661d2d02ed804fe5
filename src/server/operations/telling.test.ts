import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../api/operation.ts';
import { telling } from './telling.ts';

const operation = (steps: number, progress: string, ended: string | null = null): Operation =>
  ({ id: 'one', progress, ended, changes: [{ steps: Array.from({ length: steps }, () => ({})) }] }) as unknown as Operation;

describe('an operation', () => {
  test('of few steps is told of at each', () => {
    const told: (string | null)[] = [];
    const tell = telling(({ progress }) => void told.push(progress));
    for (const progress of ['1', '2', '3']) tell(operation(3, progress));
    expect(told).toEqual(['1', '2', '3']);
  });

  test('of hundreds is told of now and then, with what it is then, and at its end once', async () => {
    const told: (string | null)[] = [];
    const tell = telling(({ progress }) => void told.push(progress), 10);
    for (const progress of ['1', '2', '3']) tell(operation(300, progress));
    expect(told).toEqual([]);
    await sleep(30);
    expect(told).toEqual(['3']);
    tell(operation(300, '4'));
    tell(operation(300, 'end', '2026-11-26T08:00:00.000Z'));
    await sleep(30);
    expect(told).toEqual(['3', 'end']);
  });
});
