/** Documents that list something are held against the thing itself. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../src/errors.ts';

describe('docs/errors.md', () => {
  const rows = [...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `([a-z0-9-]+)` \| (\d) \| (.+?) \|/gm)].map(([, code, status, meaning]) => [
    code,
    Number(status),
    meaning,
  ]);

  it('lists every code with its exit status and meaning, in the order of the source', () => {
    expect(rows).toEqual(Object.entries(ERROR_CODES).map(([code, [status, meaning]]) => [code, status, meaning]));
  });
});

describe('docs/addressing.md', () => {
  it('names files that are there, and every file of the rules names its section', () => {
    const text = readFileSync('docs/addressing.md', 'utf8');
    const named = [...text.matchAll(/`([a-z-]+(?:\/[a-z-]+)?\.ts)`/g)].map(([, file]) => `src/addressing/${file}`);
    expect(named.length).toBeGreaterThan(25);
    // What is made by a script has no rules of its own.
    const written = named.filter((file) => !readFileSync(file, 'utf8').includes('not by hand'));
    for (const file of written) expect(readFileSync(file, 'utf8').slice(0, 600), file).toMatch(/docs\/addressing\.md §\d+/);
  });
});

describe('README.md', () => {
  const readme = readFileSync('README.md', 'utf8');

  it('names the two commands', () => {
    expect(readme).toContain('npm run demo');
    expect(readme).toContain('npm test');
  });

  it('shows only hostdev commands that exist', async () => {
    const { buildProgram } = await import('../src/cli/program.ts');
    const { captureIo } = await import('./capture.ts');
    const known = new Set(buildProgram(captureIo().io, () => undefined).commands.map((command) => command.name()));
    const used = [...readme.matchAll(/^\$ hostdev ([a-z-]+)/gm)].map(([, name]) => name);
    expect(used.filter((name) => !known.has(name ?? ''))).toEqual([]);
    expect(used.length).toBeGreaterThan(2);
  });
});
