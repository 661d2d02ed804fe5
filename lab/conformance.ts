/** Runs the conformance suite on the machine it is started on; prints one line a case. Runs inside the emulated host. */
import { DRIVER_CASES } from '../test/conformance/driver-suite.ts';
import { openMachine } from '../src/host/machine-port.ts';

const [free = '', freeDriver = '', other = '', otherDriver = ''] = process.argv.slice(2);
for (const { title, run } of DRIVER_CASES) {
  try {
    await run({ port: openMachine(), free, freeDriver, other, otherDriver, stateDirectory: '/run/hostdev-conformance' });
    process.stdout.write(`ok ${title}\n`);
  } catch (error) {
    process.stdout.write(`not ok ${title}: ${(error as Error).stack?.replaceAll('\n', ' | ')}\n`);
    process.exitCode = 1;
  }
}
