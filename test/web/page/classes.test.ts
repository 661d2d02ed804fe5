/** Style sheets of the page and of the planner are in one document once somebody has been in both. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

function classesOf(...folders: readonly string[]): Set<string> {
  const files = folders.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)));
  const sheets = files.filter((name) => name.endsWith('.css')).map((name) => readFileSync(name, 'utf8'));
  return new Set(sheets.flatMap((text) => [...text.matchAll(/\.([a-z][\w-]*)/g)].map(([, name = '']) => name)));
}

/** They mean the same in both. */
const SHARED = new Set(['error', 'warning', 'severity', 'link', 'mono', 'faint', 'visually-hidden', 'css']);

it('no class of the page is one of the planner with another meaning', () => {
  const planner = classesOf('src/web/planner');
  const page = classesOf('src/web/page');
  expect(page.size).toBeGreaterThan(50);
  expect([...page].filter((name) => planner.has(name) && !SHARED.has(name))).toEqual([]);
});
