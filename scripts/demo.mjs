// npm run demo: sets up what is missing and runs the demonstration.
import { spawn } from 'node:child_process';
import { build, installPackages, installPrograms } from './setup.mjs';

process.stderr.write('set up: npm packages, Debian programs, build\n');
try {
  installPackages();
  installPrograms();
  build();
} catch (error) {
  process.stderr.write(`\nfailed in stage 'set up': ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
const child = spawn(process.execPath, ['build/lab/demo.mjs', ...process.argv.slice(2)], { stdio: 'inherit' });
// The terminal sends Ctrl-C to both; the child cleans up and this waits for it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
child.on('exit', (status, signal) => process.exit(status ?? (signal === 'SIGINT' ? 130 : 1)));
