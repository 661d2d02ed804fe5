/** Every example in a comment of the source or in a document runs and prints what it says it prints. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';

interface Example {
  readonly title: string;
  readonly code: string;
}

const DIRECTORY = 'build/examples';

function filesBelow(directory: string, ending: RegExp): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => join(directory, name))
    .sort();
}

function examplesOf(file: string): Example[] {
  const text = readFileSync(file, 'utf8');
  const plain = file.endsWith('.ts') ? text.replaceAll(/^\s*\* ?/gm, '') : text;
  return [...plain.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = ''], i) => ({ title: `${file} #${i + 1}`, code }));
}

const examples = [...filesBelow('src', /(?<!\.test)\.ts$/), 'README.md', ...filesBelow('docs', /\.md$/)].flatMap(examplesOf);

describe('examples', () => {
  it('are there', () => {
    expect(examples.length).toBeGreaterThan(12);
  });

  it.each(examples)('$title prints what it says', async ({ title, code }) => {
    mkdirSync(DIRECTORY, { recursive: true });
    const file = join(process.cwd(), DIRECTORY, `${title.replaceAll(/\W+/g, '-')}.ts`);
    writeFileSync(file, code);
    const printed: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
      printed.push(values.map((value) => (typeof value === 'string' ? value : show(value))).join(' '));
    });
    try {
      await import(/* @vite-ignore */ file);
    } finally {
      log.mockRestore();
    }
    const promised = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text = '']) => text.replaceAll('\\n', '\n'));
    expect(printed).toEqual(promised);
    expect(promised.length).toBeGreaterThan(0);
  });
});

/** Objects as Node prints short ones. */
function show(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, entry]) => `${key}: ${show(entry)}`)
    .join(', ')} }`;
}
