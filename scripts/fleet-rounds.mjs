// npm run fleet:rounds: 200 claimers for 50 functions, killed and stopped, 500 times (HOSTDEV_ROUNDS), the same for the same --seed; judged by a
// checker of what they wrote down. `-- --planted 'no token'` has a bug that it must find.
import { spawnSync } from 'node:child_process';
import { build, installPackages } from './setup.mjs';

installPackages();
build();
process.exitCode = spawnSync(process.execPath, ['build/lab/fleet-rounds.mjs', ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
