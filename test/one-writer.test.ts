import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** An element in quotes, a value put into an attribute, a text put between tags. */
const MADE_BY_HAND = [/['"`]<[a-z][\w-]*(?: [\w:-]+=|\/>)/, /<[a-z][^<>]* [\w:-]+='\$\{/, /<[a-z][\w-]*>\$\{[^<]*<\//];

/** The writer itself; what plays libvirt writes as that does. */
const WRITERS = /^(xml\/write\.ts|testing\/.*|.*\.test\.ts)$/;

/** No comment, no word to a person, no line break of Mermaid's. */
const isCode = (line: string): boolean => !/^\s*(\*|\/[/*]|hint:|message:)/.test(line) && !line.includes("join('<br/>')");

describe('XML', () => {
  it('is made in one place, which escapes', async () => {
    const root = new URL('../src/', import.meta.url).pathname;
    const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.ts') && !WRITERS.test(name));
    const found: string[] = [];
    for (const name of names) {
      for (const line of (await readFile(join(root, name), 'utf8')).split('\n')) {
        if (isCode(line) && MADE_BY_HAND.some((pattern) => pattern.test(line))) found.push(`${name}: ${line.trim()}`);
      }
    }
    expect(names.length).toBeGreaterThan(200);
    expect(found).toEqual([]);
  });

  it.each(["lines.push(`<pf dev='${netdev}'/>`)", 'const xml = `<name>${name}</name>`', "'<devices/>'"])('%s would be found', (line) => {
    expect(MADE_BY_HAND.some((pattern) => pattern.test(line))).toBe(true);
  });
});
