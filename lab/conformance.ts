/** Runs the conformance suite on the machine it is started on; prints one line a case. Runs inside the emulated hosts. */
import { casesFor, type Machine } from '../test/conformance/host-suite.ts';
import { openMachine } from '../src/host/machine-port.ts';

/** What the machine has, as JSON. */
const machine = JSON.parse(process.argv[2] ?? '{}') as Omit<Machine, 'port' | 'stateDirectory'>;

for (const { title, run } of casesFor(machine)) {
  try {
    await run({ ...machine, port: openMachine(), stateDirectory: '/run/hostdev-conformance' });
    process.stdout.write(`ok ${title}\n`);
  } catch (error) {
    process.stdout.write(`not ok ${title}: ${(error as Error).stack?.replaceAll('\n', ' | ')}\n`);
    process.exitCode = 1;
  }
}
