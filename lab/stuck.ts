/** Runs inside an emulated host: releases a function without asking who holds it, and prints how that ended. */
import { withChangeLog } from '../src/app/journaled.ts';
import { release } from '../src/execute/bind.ts';
import { HostdevError } from '../src/errors.ts';
import { readNodeDevice } from '../src/host/inventory.ts';
import { openMachine } from '../src/host/machine-port.ts';
import { parsePciAddress } from '../src/pci/notation.ts';

const port = openMachine();
const device = await readNodeDevice(port, parsePciAddress(process.argv[2] ?? ''));
if (device === undefined) throw new Error('there is no such function');
try {
  await withChangeLog(port, (log) => log.driver('release', device, undefined, () => release(port, device.address, device.driver)));
  process.stdout.write('released\n');
} catch (error) {
  if (!(error instanceof HostdevError)) throw error;
  process.stdout.write(`${error.code}: ${error.message}\n`);
}
