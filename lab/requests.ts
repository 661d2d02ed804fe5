/**
 * Runs inside an emulated host: asks for functions as `hostdev prepare` does, one request after the other in one process,
 * and prints how each ended, as JSON lines. What was taken is given back at once. Every face has to say what check says: attach to a file, a
 * definition and a guest that runs, swap, validate.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkFunctions, checkTogether } from '../src/app/check.ts';
import { viewing } from '../src/app/host-view.ts';
import { listFunctions } from '../src/app/list.ts';
import { prepareFunctions } from '../src/app/prepare.ts';
import { releaseFunctions } from '../src/app/release.ts';
import { HostdevError, type Problem } from '../src/errors.ts';
import { readNodeDevice } from '../src/host/inventory.ts';
import { openMachine } from '../src/host/machine-port.ts';
import type { PciAddress } from '../src/pci/address.ts';
import { parsePciAddress } from '../src/pci/notation.ts';
import { type Faces, facesFor, facesOf, openFaceGuests } from '../test/verdicts/faces.ts';

interface Request {
  readonly addresses: readonly string[];
  readonly group?: boolean;
  /** Whether every face is asked: that takes a second under emulation. */
  readonly faces: boolean;
}

const port = openMachine();
const context = { port, isRoot: true, readPciIds: async () => undefined };
const options = { dryRun: false, stateDirectory: '/run/hostdev-requests', confirm: async () => true };

async function driverOf(name: string): Promise<string | undefined> {
  return (await readNodeDevice(port, parsePciAddress(name)))?.driver;
}

/** How long udev may look at a disk that has just come back: prepare waits for that, check tells it. */
const SETTLE_MS = 10_000;

/** How a request ended, as code and message. */
type Outcome = readonly [code: string, message: string];

/** One look at the host, once udev has looked at its disks: a look takes seconds under emulation. */
async function settledView(): Promise<typeof context> {
  for (const settled = Date.now() + SETTLE_MS; ; await sleep(100)) {
    const view = viewing(context);
    const evidence = (await checkFunctions(view, [])).flatMap((report) => report.evidence);
    if (Date.now() > settled || !evidence.some((line) => /open by \(?(?:udev-worker|systemd-udevd|udevd)/.test(line))) return view;
  }
}

/** What check says before anything is done. */
async function check(view: typeof context, { addresses, group = false }: Request): Promise<readonly Problem[]> {
  return (await checkTogether(view, addresses.map(parsePciAddress), { group })).flatMap(({ problems }) => problems);
}

/** The same outcome, unless check had said something else. */
function compare(problems: readonly Problem[], outcome: Outcome): Outcome {
  const [code, message] = outcome;
  const agrees = code === 'taken' ? problems.length === 0 : problems.some((problem) => problem.code === code && problem.message === message);
  return agrees ? outcome : ['disagree', `${code} ${message}, but check: ${JSON.stringify(problems)}`];
}

/** What a face says that does not follow from what check says of the same look; undefined when all agree. */
async function differingFaces(view: typeof context, problems: readonly Problem[], addresses: readonly PciAddress[]): Promise<string | undefined> {
  const said = await facesOf(view, guests, addresses);
  const wanted = facesFor(problems, addresses);
  const differ = (Object.keys(wanted) as (keyof Faces)[]).filter((face) => String(said[face]) !== String(wanted[face]));
  return differ.length === 0 ? undefined : differ.map((face) => `${face}: ${said[face].join('; ')}, not ${wanted[face].join('; ')}`).join('\n');
}

/** Functions of which list says something else than check does at the same time. Once for all: it takes seconds under emulation. */
async function differences(): Promise<string[]> {
  for (const give = Date.now() + SETTLE_MS; ; await sleep(100)) {
    const verdictOf = ({ verdict, evidence }: { readonly verdict: string; readonly evidence: readonly string[] }): string =>
      `${verdict}: ${evidence.join('; ')}`;
    const listed = await listFunctions(context);
    const checked = new Map((await checkFunctions(context, [])).map((report) => [report.address, verdictOf(report)]));
    const found = listed
      .filter((row) => checked.get(row.address) !== verdictOf(row))
      .map((row) => `${row.address} is ${verdictOf(row)}, but check: ${checked.get(row.address)}`);
    if (found.length === 0 || Date.now() > give) return found;
  }
}

/** The code and message of the refusal; for a request that was granted `taken`, or what went wrong afterwards. */
async function ask(view: typeof context, request: Request): Promise<Outcome> {
  const { addresses, group = false } = request;
  const targets = addresses.map(parsePciAddress);
  const before = await Promise.all(addresses.map(driverOf));
  const problems = await check(view, request);
  const differs = request.faces ? await differingFaces(view, problems, targets) : undefined;
  if (differs !== undefined) return ['disagree', differs];
  // What a guest or a process has is with vfio-pci already, and may stay there: prepare has nothing to do.
  const held = problems.find(({ code }) => code === 'function-held');
  if (held !== undefined) return [held.code, held.message];
  // What check refuses may be refused from the same look; what it grants is prepared as people do it, with looks of its own.
  const prepared = problems.length > 0 ? view : context;
  try {
    await prepareFunctions(prepared, targets, { ...options, group });
  } catch (error) {
    const after = await Promise.all(addresses.map(driverOf));
    if (String(before) !== String(after)) return ['changed', `refused, but the drivers went from ${String(before)} to ${String(after)}`];
    return error instanceof HostdevError ? compare(problems, [error.code, error.message]) : ['bug', String((error as Error).stack)];
  }
  const taken = await Promise.all(addresses.map(driverOf));
  await releaseFunctions(context, targets, { ...options, group });
  const after = await Promise.all(addresses.map(driverOf));
  if (taken.some((driver) => driver !== 'vfio-pci')) return ['changed', `granted, but with ${String(taken)}`];
  // A function without host driver before may have found one by being probed.
  const back = after.every((driver, i) => before[i] === undefined || driver === before[i]);
  return back ? compare(problems, ['taken', '']) : ['changed', `went from ${String(before)} to ${String(after)}`];
}

const guests = await openFaceGuests();
const view = await settledView();
const outcomes: Outcome[] = [];
for (const request of JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Request[]) outcomes.push(await ask(view, request));
const differs = await differences();
for (const outcome of outcomes) process.stdout.write(`${JSON.stringify(differs.length === 0 ? outcome : ['disagree', differs.join('; ')])}\n`);
await guests.stop();
