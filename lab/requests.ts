/**
 * Runs inside an emulated host: asks for functions as `hostdev prepare` does, one request after the other in one process,
 * and prints how each ended, as JSON lines. What was taken is given back at once.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkTogether } from '../src/app/check.ts';
import { listFunctions } from '../src/app/list.ts';
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

/** How long udev may look at a disk that has just come back: prepare waits for that, check tells it. */
const SETTLE_MS = 10_000;

/** What the other faces say of the same functions; a text when they disagree with how prepare has ended. */
async function disagreement({ addresses, group = false }: Request, refusal: HostdevError | undefined): Promise<string | undefined> {
  const targets = addresses.map(parsePciAddress);
  for (const give = Date.now() + SETTLE_MS; ; await sleep(100)) {
    const checked = await checkTogether(context, targets, { group });
    const problems = checked.flatMap((report) => report.problems);
    const listed = new Map((await listFunctions(context)).map(({ address, verdict, evidence }) => [address, `${verdict}: ${evidence.join('; ')}`]));
    const differs = checked.filter(({ address, verdict, evidence }) => listed.get(address) !== `${verdict}: ${evidence.join('; ')}`);
    const agrees = refusal === undefined ? problems.length === 0 : problems.some(({ code, message }) => code === refusal.code && message === refusal.message);
    if (agrees && differs.length === 0) return undefined;
    if (Date.now() > give) return `check: ${JSON.stringify(problems)}; list differs for ${differs.map(({ address }) => address).join(', ')}`;
  }
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
    if (!(error instanceof HostdevError)) return ['bug', String((error as Error).stack)];
    const other = await disagreement({ addresses, group }, error);
    return other === undefined ? [error.code, error.message] : ['disagree', `${error.code}: ${error.message}, but ${other}`];
  }
  const taken = await Promise.all(addresses.map(driverOf));
  await releaseFunctions(context, targets, { ...options, group });
  const after = await Promise.all(addresses.map(driverOf));
  if (taken.some((driver) => driver !== 'vfio-pci')) return ['changed', `granted, but with ${String(taken)}`];
  // A function without host driver before may have found one by being probed.
  const back = after.every((driver, i) => before[i] === undefined || driver === before[i]);
  const other = await disagreement({ addresses, group }, undefined);
  if (other !== undefined) return ['disagree', `granted, but ${other}`];
  return back ? ['taken', ''] : ['changed', `went from ${String(before)} to ${String(after)}`];
}

for (const request of JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Request[]) {
  process.stdout.write(`${JSON.stringify(await ask(request))}\n`);
}
