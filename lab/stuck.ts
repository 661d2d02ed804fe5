/** Runs inside an emulated host: releases a function without asking who holds it, and prints how that ended. */
import { executeAll } from '../src/execute/executor.ts';
import { withExecutor } from '../src/execute/session.ts';
import { hostOnly } from '../src/execute/target.ts';
import { planRelease } from '../src/plan/release.ts';
import { HostdevError } from '../src/errors.ts';
import { readNodeDevice } from '../src/host/inventory.ts';
import { openMachine } from '../src/host/machine-port.ts';
import { parsePciAddress } from '../src/pci/notation.ts';

const port = openMachine();
const device = await readNodeDevice(port, parsePciAddress(process.argv[2] ?? ''));
if (device === undefined) throw new Error('there is no such function');
try {
  const change = planRelease(device, {});
  if (change !== undefined) await withExecutor({ target: hostOnly(port), options: { timeoutMs: 0 } }, (executor) => executeAll(executor, [change]));
  process.stdout.write('released\n');
} catch (error) {
  if (!(error instanceof HostdevError)) throw error;
  process.stdout.write(`${error.code}: ${error.message}\n`);
}
