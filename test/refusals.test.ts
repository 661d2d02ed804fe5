/** Verdicts and refusals of functions are made in state/ and plan/ only: elsewhere their codes may be read, not raised. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** Codes by which a function of the host is refused. */
const CODES = ['function-not-assignable', 'group-incomplete', 'function-held', 'function-in-use', 'sriov-in-use'];

/** Every mention of a code, however it comes to where it is: given, passed on, or chosen of two. */
const MENTIONED = new RegExp(String.raw`['"\x60](${CODES.join('|')})['"\x60]`, 'g');

/** What only reads: a comparison, a case, and a set of codes that are waited for. */
const READS = [/[!=]==\s*$/, /\bcase\s+$/, /\bReadonlySet<ErrorCode> = new Set\(\[[^\])]*$/];

/** Rooms that decide, and what plays somebody else; the closed table itself. */
const MAY = /^(?:state|plan|testing)\/|^errors\.ts$/;

/** Codes that a text raises: mentioned, and neither read nor in a comment. */
function raisedIn(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return [...code.matchAll(MENTIONED)].flatMap(({ 1: found, index }) => (READS.some((reads) => reads.test(code.slice(0, index))) ? [] : (found ?? [])));
}

describe('refusals of functions', () => {
  it('are raised in state/ and plan/ only', () => {
    const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
    const raising = files.flatMap((name) => {
      const path = relative(SRC, join(SRC, name));
      return MAY.test(path) ? [] : raisedIn(readFileSync(join(SRC, name), 'utf8')).map((code) => `${path}: ${code}`);
    });
    expect(raising).toEqual([]);
  });

  it.each([
    ["throw new HostdevError('function-held', 'no')"],
    ["return { code: 'function-held', severity: 'error' }"],
    ["const code = isHeld ? 'function-held' : other"],
    ["return refuse('function-held')"],
    ['const HELD = "function-held"'],
    ["if (code === other) raise('function-held')"],
  ])('are found by this test where they are raised: %s', (text) => {
    expect(raisedIn(text)).toEqual(['function-held']);
  });

  it.each([
    ["error.code !== 'function-held'"],
    ["switch (code) { case 'function-held': return 1 }"],
    ["const PASSING: ReadonlySet<ErrorCode> = new Set(['busy', 'function-held', 'sriov-in-use'])"],
    ['/** @throws `function-held` */'],
    ["// says 'function-held'"],
  ])('are not seen where their codes are only read: %s', (text) => {
    expect(raisedIn(text)).toEqual([]);
  });

  it('are there in the rooms that make them', () => {
    expect(raisedIn(readFileSync(join(SRC, 'plan/removable.ts'), 'utf8'))).toContain('sriov-in-use');
  });
});
