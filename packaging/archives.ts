/** `npm run package:archive [-- ARCHITECTURE…]`: for all architectures, or those that are named. */
import { buildArchive } from './archive/build.ts';
import { ARCHITECTURES, type Architecture } from './archive/node.ts';
import { thisEdition } from './edition.ts';

const known = Object.keys(ARCHITECTURES) as Architecture[];
const named = process.argv.slice(2);
const unknown = named.filter((name) => !known.some((each) => each === name));
if (unknown.length > 0) {
  process.stderr.write(`package:archive: there is no archive for ${unknown.join(', ')}; there are ${known.join(', ')}\n`);
  process.exitCode = 2;
} else {
  for (const architecture of known.filter((each) => named.length === 0 || named.includes(each))) {
    process.stdout.write(`${await buildArchive(architecture, 'build/packages', thisEdition())}\n`);
  }
}
