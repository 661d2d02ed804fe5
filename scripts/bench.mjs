// npm run bench: builds and runs the benchmarks, which write docs/benchmarks.md.
import { spawnSync } from 'node:child_process';
import { build, installPackages, installPrograms } from './setup.mjs';

installPackages();
installPrograms();
build();
process.exitCode = spawnSync(process.execPath, ['build/bench/main.mjs'], { stdio: 'inherit' }).status ?? 1;
