/**
 * A program of the laboratory, inside an emulated host: asks for functions as `hostdev prepare` does and tells how each request ended, as JSON lines.
 * Every face has to say what check says: attach to a file, a definition and a guest that runs, swap, validate. What is granted is taken
 * and given back, all together: of that, each request for itself would say no more, and a look at the host takes a second under emulation.
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
import { type FaceGuests, type Faces, facesFor, facesOf, openFaceGuests } from '../test/verdicts/faces.ts';

interface Request {
  readonly addresses: readonly string[];
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
async function check(view: typeof context, { addresses }: Request): Promise<readonly Problem[]> {
  return (await checkTogether(view, addresses.map(parsePciAddress))).flatMap(({ problems }) => problems);
}

/** What a face says that does not follow from what check says of the same look; undefined when all agree. */
async function differingFaces(
  view: typeof context,
  guests: FaceGuests,
  problems: readonly Problem[],
  addresses: readonly PciAddress[],
): Promise<string | undefined> {
  const said = await facesOf(view, guests, addresses);
  const wanted = facesFor(problems, addresses);
  const differ = (Object.keys(wanted) as (keyof Faces)[]).filter((face) => String(said[face]) !== String(wanted[face]));
  return differ.length === 0 ? undefined : differ.map((face) => `${face}: ${said[face].join('; ')}, not ${wanted[face].join('; ')}`).join('\n');
}

/** Functions of which list says something else than check does of the same look. */
async function differences(view: typeof context): Promise<string[]> {
  const verdictOf = ({ verdict, evidence }: { readonly verdict: string; readonly evidence: readonly string[] }): string => `${verdict}: ${evidence.join('; ')}`;
  const listed = await listFunctions(view);
  const checked = new Map((await checkFunctions(view, [])).map((report) => [report.address, verdictOf(report)]));
  return listed
    .filter((row) => checked.get(row.address) !== verdictOf(row))
    .map((row) => `${row.address} is ${verdictOf(row)}, but check: ${checked.get(row.address)}`);
}

/** How a request ends that check finds something against, asked from the same look; undefined for one that it finds nothing against. */
async function refused(view: typeof context, guests: FaceGuests, request: Request): Promise<Outcome | undefined> {
  const targets = request.addresses.map(parsePciAddress);
  const problems = await check(view, request);
  const differs = request.faces ? await differingFaces(view, guests, problems, targets) : undefined;
  if (differs !== undefined) return ['disagree', differs];
  if (problems.length === 0) return undefined;
  // What a guest or a process has is with vfio-pci already, and may stay there: prepare has nothing to do.
  const held = problems.find(({ code }) => code === 'function-held');
  if (held !== undefined) return [held.code, held.message];
  const before = await Promise.all(request.addresses.map(driverOf));
  try {
    await prepareFunctions(view, targets, options);
  } catch (error) {
    const after = await Promise.all(request.addresses.map(driverOf));
    if (String(before) !== String(after)) return ['changed', `refused, but the drivers went from ${String(before)} to ${String(after)}`];
    if (!(error instanceof HostdevError)) return ['bug', String((error as Error).stack)];
    const said = problems.some(({ code, message }) => code === error.code && message === error.message);
    return said ? [error.code, error.message] : ['disagree', `${error.code} ${error.message}, but check: ${JSON.stringify(problems)}`];
  }
  await releaseFunctions(context, targets, options);
  return ['disagree', `taken, but check: ${JSON.stringify(problems)}`];
}

/** Takes functions as people do, with a look of its own, and gives them back: `taken`, or what went wrong. */
async function take(addresses: readonly string[]): Promise<(address: string) => Outcome> {
  const before = new Map<string, string | undefined>();
  const during = new Map<string, string | undefined>();
  for (const address of addresses) before.set(address, await driverOf(address));
  try {
    await prepareFunctions(context, addresses.map(parsePciAddress), options);
  } catch (error) {
    return () => (error instanceof HostdevError ? ['disagree', `${error.code} ${error.message}, but check: nothing`] : ['bug', String((error as Error).stack)]);
  }
  for (const address of addresses) during.set(address, await driverOf(address));
  await releaseFunctions(context, addresses.map(parsePciAddress), options);
  const after = new Map<string, string | undefined>();
  for (const address of addresses) after.set(address, await driverOf(address));
  return (address) => {
    if (during.get(address) !== 'vfio-pci') return ['changed', `${address} is granted, but with ${during.get(address)}`];
    // A function without host driver before may have found one by being probed.
    const back = before.get(address) === undefined || after.get(address) === before.get(address);
    return back ? ['taken', ''] : ['changed', `${address} went from ${before.get(address)} to ${after.get(address)}`];
  };
}

/** Words: the file with the requests. Tells a line for each of them. */
export async function askRequests([file = '']: readonly string[], tell: (line: string) => void): Promise<void> {
  const requests = JSON.parse(readFileSync(file, 'utf8')) as readonly Request[];
  const guests = await openFaceGuests();
  try {
    const view = await settledView();
    const refusals: (Outcome | undefined)[] = [];
    for (const request of requests) refusals.push(await refused(view, guests, request));
    const differs = await differences(view);
    const granted = requests.flatMap(({ addresses }, i) => (refusals[i] === undefined ? addresses : []));
    const endOf = granted.length === 0 ? undefined : await take(granted);
    for (const [i, { addresses }] of requests.entries()) {
      const ends = refusals[i] === undefined && endOf !== undefined ? addresses.map(endOf) : [];
      const outcome = refusals[i] ?? ends.find(([code]) => code !== 'taken') ?? ['taken', ''];
      tell(JSON.stringify(differs.length === 0 ? outcome : ['disagree', differs.join('; ')]));
    }
  } finally {
    await guests.stop();
  }
}
