// npm run bench: builds and runs the benchmarks, which write docs/benchmarks.md; `npm run bench -- starts` only how long commands take, `-- page` only the page, `-- fleet` a fleet of 5,000 hosts, `-- fleet-store` only claims in a directory.
import { spawnSync } from 'node:child_process';
import { build, installPackages, installPrograms } from './setup.mjs';

installPackages();
installPrograms();
build();
process.exitCode = spawnSync(process.execPath, ['build/bench/main.mjs', ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
