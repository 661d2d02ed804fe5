// npm run lab:lock: chooses the Debian packages of the laboratory anew.
import { spawnSync } from 'node:child_process';
import { build, installPackages } from './setup.mjs';

installPackages();
build();
process.exitCode = spawnSync(process.execPath, ['build/lab/lock.mjs', ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
