import { expect, it } from 'vitest';
import { poolKind } from './pool.ts';

it.each([
  ['active', true],
  ['defined', true],
  ['absent', false],
  ['foreign', false],
])('a pool that was made, and is %s after the machine was reset, is as it was left: %s', (pool, isAsLeft) => {
  expect(poolKind({ networksOf: undefined }).isAsLeft?.({ pool }, { pool: 'active' })).toBe(isAsLeft);
});
