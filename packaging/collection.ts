/** `npm run package:ansible` */
import { buildCollection } from './ansible/collection.ts';
import { thisEdition } from './edition.ts';

process.stdout.write(`${await buildCollection('build/packages', thisEdition())}\n`);
