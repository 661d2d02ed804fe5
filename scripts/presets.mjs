// npm run lab:presets: writes down anew what the laboratory's QEMUs can do (src/addressing/capabilities/measured.ts).
import { spawnSync } from 'node:child_process';
import { build, installPackages } from './setup.mjs';

installPackages();
build();
process.exitCode = spawnSync(process.execPath, ['build/lab/presets.mjs'], { stdio: 'inherit' }).status ?? 1;
