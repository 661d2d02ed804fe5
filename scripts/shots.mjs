// npm run shots: pictures of every view, state, theme and width into build/shots; `npm run shots -- guest` only those with that in their name.
import { spawnSync } from 'node:child_process';
import { build, installPackages, installPrograms } from './setup.mjs';

installPackages();
installPrograms();
build();
process.exitCode = spawnSync(process.execPath, ['build/lab/shots.mjs', ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
