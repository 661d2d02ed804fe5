// npm run fleet:rounds: 200 claimers for 50 functions, killed and stopped, 500 times (HOSTDEV_ROUNDS), the same for the same --seed; judged by a
// checker of what they wrote down. `-- --store etcd` over three members that are killed, stopped, cut off and full; `-- --planted 'no token'` has a bug
// that it must find.
import { spawnSync } from 'node:child_process';
import { build, installPackages } from './setup.mjs';

installPackages();
build();
const command = [process.execPath, 'build/lab/fleet-rounds.mjs', ...process.argv.slice(2)];
// Root makes mounts of its own, which end with the run: the small disk that is full now and then.
const isRoot = process.geteuid?.() === 0;
const [program = '', ...args] = isRoot ? ['unshare', '--mount', '--propagation', 'private', ...command] : command;
process.exitCode = spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, HOSTDEV_OWN_MOUNTS: isRoot ? '1' : '' } }).status ?? 1;
