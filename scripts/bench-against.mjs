// npm run bench:against COMMIT: builds and runs the comparison with an earlier commit, which writes its part of docs/benchmarks.md.
import { spawnSync } from 'node:child_process';
import { build, installPackages } from './setup.mjs';

installPackages();
build();
process.exitCode = spawnSync(process.execPath, ['build/bench/against.mjs', ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
