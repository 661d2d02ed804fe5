/** `npm run package:deb` */
import { buildDebianPackage } from './debian/build.ts';
import { thisEdition } from './edition.ts';

process.stdout.write(`${await buildDebianPackage('build/packages', thisEdition())}\n`);
