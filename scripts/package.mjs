// npm run package:deb, npm run package:archive, npm run package:ansible: builds the command, and packages it.
import { spawnSync } from 'node:child_process';
import { build, installPackages } from './setup.mjs';

const [kind = '', ...rest] = process.argv.slice(2);
installPackages();
build();
process.exitCode = spawnSync(process.execPath, [`build/packaging/${kind}.mjs`, ...rest], { stdio: 'inherit' }).status ?? 1;
