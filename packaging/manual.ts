/** `npm run manual`: writes docs/reference.md and docs/errors.md anew, and the manual pages into build/man1. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { thisEdition } from './edition.ts';
import { errorsPage } from './manual/errors.ts';
import { manualPages } from './manual/pages.ts';
import { reference } from './manual/reference.ts';

const PAGES = 'build/man1';

await writeFile('docs/reference.md', reference());
await writeFile('docs/errors.md', errorsPage());
await mkdir(PAGES, { recursive: true });
for (const [name, text] of manualPages(thisEdition())) await writeFile(join(PAGES, name), text);
process.stdout.write(`docs/reference.md, docs/errors.md and ${PAGES} are written\n`);
