/** Verdicts and refusals of functions are made in state/ and plan/ only: elsewhere their codes may be read, not raised. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** Codes by which a function of the host is refused. */
const CODES = ['function-not-assignable', 'group-incomplete', 'function-held', 'function-in-use', 'sriov-in-use'];

/** A code that is given to an error or a problem, as opposed to one that is compared or listed. */
const RAISED = new RegExp(String.raw`(?:new HostdevError\(\s*|code: )'(${CODES.join('|')})'`, 'g');

/** Rooms that decide, and what plays somebody else. */
const MAY = /^(?:state|plan|testing)\//;

describe('refusals of functions', () => {
  it('are raised in state/ and plan/ only', () => {
    const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
    const raising = files.flatMap((name) => {
      const path = relative(SRC, join(SRC, name));
      if (MAY.test(path)) return [];
      return [...readFileSync(join(SRC, name), 'utf8').matchAll(RAISED)].map(([, code]) => `${path}: ${code}`);
    });
    expect(raising).toEqual([]);
  });

  it('are found by this test where they are raised', () => {
    const text = readFileSync(join(SRC, 'plan/removable.ts'), 'utf8');
    expect([...text.matchAll(RAISED)].map(([, code]) => code)).toContain('sriov-in-use');
  });
});
