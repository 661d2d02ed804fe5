// npm run manual: the reference and the manual pages, made anew from the table of commands.
import { spawnSync } from 'node:child_process';
import { build, installPackages } from './setup.mjs';

installPackages();
build();
process.exitCode = spawnSync(process.execPath, ['build/packaging/manual.mjs'], { stdio: 'inherit' }).status ?? 1;
