/** What a browser has to load before it shows anything, compressed as servers send it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

/** Scripts and style sheets that a page names itself, with the page; what it imports later is not among them. */
function firstLoad(folder: string): string[] {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  return ['index.html', ...[...page.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, path = '']) => path)];
}

const kilobytes = (folder: string, files: readonly string[]): number =>
  files.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0) / 1000;

describe('the first load', () => {
  it('of the page has 260 KB at most, and neither an editor nor the view of a fleet in it', () => {
    const files = firstLoad('dist/web');
    expect(files.length).toBeGreaterThan(2);
    expect(kilobytes('dist/web', files)).toBeLessThan(260);
    for (const later of ['cm-content', 'Parts of the fleet']) {
      const has = (file: string): boolean => readFileSync(join('dist/web', file), 'utf8').includes(later);
      expect([later, files.some(has)]).toEqual([later, false]);
      expect(readdirSync('dist/web/assets').some((file) => has(join('assets', file)))).toBe(true);
    }
  });

  it('of the planner that is opened as a file is known; what asks schemas comes last, and waits until it is called', () => {
    const files = firstLoad('build/planner');
    expect(files).toEqual(['index.html', 'planner.css', 'planner.js', 'editor.js', 'schema.js']);
    // 40 of them read YAML.
    expect(kilobytes('build/planner', files.slice(0, -1))).toBeLessThan(330);
    expect(kilobytes('build/planner', ['schema.js'])).toBeLessThan(460);
    expect(readFileSync('build/planner/schema.js', 'utf8')).toMatch(/^globalThis\.loadHostdevSchema = async \(\) => \{/);
  });

  it('of the planner is all that it ever loads: a file can import nothing', () => {
    for (const name of ['planner.js', 'editor.js'])
      expect(readFileSync(join('build/planner', name), 'utf8')).not.toMatch(/\bimport\s*\(|import\.meta|\bfetch\(|XMLHttpRequest/);
  });
});
