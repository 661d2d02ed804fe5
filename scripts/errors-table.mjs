// Writes the table of docs/errors.md anew from the source; a test holds the two together.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = 'docs/errors.md';
const rows = [...readFileSync('src/errors.ts', 'utf8').matchAll(/^ {2}'?([a-z0-9-]+)'?: \[(\d), (['"])(.*)\3\],$/gm)].map(
  ([, code, status, , meaning]) => `| \`${code}\` | ${status} | ${meaning?.replaceAll("\\'", "'")} |`,
);
const text = readFileSync(FILE, 'utf8');
const head = text.slice(0, text.indexOf('| --- | --- | --- |'));
writeFileSync(FILE, `${head}| --- | --- | --- |\n${rows.join('\n')}\n`);
