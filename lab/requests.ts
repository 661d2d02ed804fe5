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

/** How a request ended, as code and message. */
type Outcome = readonly [code: string, message: string];

interface Answer {
  readonly outcome: Outcome;
  /** What check says of each function, in words. */
  readonly checked: ReadonlyMap<string, string>;
}

const verdictOf = ({ verdict, evidence }: { readonly verdict: string; readonly evidence: readonly string[] }): string => `${verdict}: ${evidence.join('; ')}`;

/** What check says of the same functions; an outcome that tells so when it disagrees with how prepare has ended. */
async function compare({ addresses, group = false }: Request, outcome: Outcome): Promise<Answer> {
  const [code, message] = outcome;
  const targets = addresses.map(parsePciAddress);
  for (const give = Date.now() + SETTLE_MS; ; await sleep(100)) {
    const reports = await checkTogether(context, targets, { group });
    const problems = reports.flatMap((report) => report.problems);
    const agrees = code === 'taken' ? problems.length === 0 : problems.some((problem) => problem.code === code && problem.message === message);
    const checked = new Map(reports.map((report) => [report.address, verdictOf(report)]));
    if (agrees) return { outcome, checked };
    if (Date.now() > give) return { outcome: ['disagree', `${code} ${message}, but check: ${JSON.stringify(problems)}`], checked };
  }
}

/** The same outcomes, but where list says something else of a function than check does. Once for all: it takes seconds under emulation. */
async function compareWithList(answers: readonly Answer[]): Promise<Outcome[]> {
  for (const give = Date.now() + SETTLE_MS; ; await sleep(100)) {
    const listed = new Map((await listFunctions(context)).map((row) => [row.address, verdictOf(row)]));
    const outcomes = answers.map(({ outcome, checked }): Outcome => {
      const differs = [...checked].filter(([address, words]) => listed.get(address) !== words);
      return differs.length === 0 ? outcome : ['disagree', `${outcome.join(' ')}, but list: ${differs.map(([address]) => listed.get(address)).join(', ')}`];
    });
    if (String(outcomes) === String(answers.map(({ outcome }) => outcome)) || Date.now() > give) return outcomes;
  }
}

/** The code and message of the refusal; for a request that was granted `taken`, or what went wrong afterwards. */
async function ask(request: Request): Promise<Answer> {
  const { addresses, group = false } = request;
  const told = (...outcome: Outcome): Answer => ({ outcome, checked: new Map() });
  const targets = addresses.map(parsePciAddress);
  const before = await Promise.all(addresses.map(driverOf));
  try {
    await prepareFunctions(context, targets, { ...options, group });
  } catch (error) {
    const after = await Promise.all(addresses.map(driverOf));
    if (String(before) !== String(after)) return told('changed', `refused, but the drivers went from ${String(before)} to ${String(after)}`);
    return error instanceof HostdevError ? compare(request, [error.code, error.message]) : told('bug', String((error as Error).stack));
  }
  const taken = await Promise.all(addresses.map(driverOf));
  await releaseFunctions(context, targets, { ...options, group });
  const after = await Promise.all(addresses.map(driverOf));
  if (taken.some((driver) => driver !== 'vfio-pci')) return told('changed', `granted, but with ${String(taken)}`);
  // A function without host driver before may have found one by being probed.
  const back = after.every((driver, i) => before[i] === undefined || driver === before[i]);
  return back ? compare(request, ['taken', '']) : told('changed', `went from ${String(before)} to ${String(after)}`);
}

const answers: Answer[] = [];
for (const request of JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Request[]) answers.push(await ask(request));
for (const outcome of await compareWithList(answers))
  process.stdout.write(`${JSON.stringify(outcome)}
`);
