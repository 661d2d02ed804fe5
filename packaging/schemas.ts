/** `npm run schemas`: writes the JSON Schemas of schemas/ anew from the table of shapes (src/cli/json/table.ts). */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaFiles } from '../src/cli/json/table.ts';

const DIRECTORY = 'schemas';
rmSync(DIRECTORY, { recursive: true, force: true });
mkdirSync(DIRECTORY);
for (const [name, schema] of schemaFiles()) writeFileSync(join(DIRECTORY, name), `${JSON.stringify(schema, null, 2)}\n`);
