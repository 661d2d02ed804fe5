/**
 * Runs inside an emulated host: asks for functions as `hostdev prepare` does, one request after the other in one process,
 * and prints how each ended, as JSON lines. What was taken is given back at once.
 */
import { readFileSync } from 'node:fs';
import { prepareFunctions } from '../src/app/prepare.ts';
import { releaseFunctions } from '../src/app/release.ts';
import { HostdevError } from '../src/errors.ts';
import { readNodeDevice } from '../src/host/inventory.ts';
import { openMachine } from '../src/host/machine-port.ts';
import { parsePciAddress } from '../src/pci/notation.ts';

interface Request {
  readonly addresses: readonly string[];
  readonly group?: boolean;
}

const port = openMachine();
const context = { port, isRoot: true, readPciIds: async () => undefined };
const options = { dryRun: false, stateDirectory: '/run/hostdev-requests', confirm: async () => true };

async function driverOf(name: string): Promise<string | undefined> {
  return (await readNodeDevice(port, parsePciAddress(name)))?.driver;
}

/** The code and message of the refusal; for a request that was granted `taken`, or what went wrong afterwards. */
async function ask({ addresses, group = false }: Request): Promise<readonly [code: string, message: string]> {
  const targets = addresses.map(parsePciAddress);
  const before = await Promise.all(addresses.map(driverOf));
  try {
    await prepareFunctions(context, targets, { ...options, group });
  } catch (error) {
    const after = await Promise.all(addresses.map(driverOf));
    if (String(before) !== String(after)) return ['changed', `refused, but the drivers went from ${String(before)} to ${String(after)}`];
    return error instanceof HostdevError ? [error.code, error.message] : ['bug', String((error as Error).stack)];
  }
  const taken = await Promise.all(addresses.map(driverOf));
  await releaseFunctions(context, targets, { ...options, group });
  const after = await Promise.all(addresses.map(driverOf));
  if (taken.some((driver) => driver !== 'vfio-pci')) return ['changed', `granted, but with ${String(taken)}`];
  // A function without host driver before may have found one by being probed.
  const back = after.every((driver, i) => before[i] === undefined || driver === before[i]);
  return back ? ['taken', ''] : ['changed', `went from ${String(before)} to ${String(after)}`];
}

for (const request of JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Request[]) {
  process.stdout.write(`${JSON.stringify(await ask(request))}\n`);
}
