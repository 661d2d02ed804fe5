import type { Problem } from '../../errors.ts';
import { everyHost, type HostOfFleet, oneHost } from '../../fleet/fleet-hosts.ts';
import { functionItems, hostItem } from '../../fleet/fleet-items.ts';
import { ensureFleetName } from '../../fleet/model/keys.ts';
import { type FunctionWord, isFunctionWord, isMeant, parseFunctionWord, unknownFunction } from '../../fleet/model/function-word.ts';
import { classCountWords, hostCountWords, idsWords } from '../../fleet/model/told.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import { oneLine } from '../../printable.ts';
import { answerItems } from '../answer.ts';
import type { Options } from '../command/table.ts';
import { withFleet } from '../fleet.ts';
import { type Io, printProblem } from '../io.ts';

export async function show(io: Io, word: string, flags: Options<'fleet show'>): Promise<number> {
  if (isFunctionWord(word)) return showFunction(io, parseFunctionWord(word), flags);
  const name = ensureFleetName(word);
  return withFleet(io, async ({ store }) => {
    const found = await oneHost(store, name, (problem) => printProblem(io, problem));
    if (flags.json === true) answerItems(io, 'fleet show', [hostItem(found), ...functionItems(found, { free: false })]);
    else printLines(io, hostLines(found));
    return 0;
  });
}

/** A function of an IBM Z machine each of its partitions may have told of: all of them say how it is there. */
async function showFunction(io: Io, meant: FunctionWord, flags: Options<'fleet show'>): Promise<number> {
  return withFleet(io, async ({ store }) => {
    const unread: Problem[] = [];
    const tell = (problem: Problem): void => {
      unread.push(problem);
      printProblem(io, problem);
    };
    const items: ReturnType<typeof functionItems> = [];
    for await (const host of hostsOf(store, meant, tell)) {
      items.push(...functionItems(host, { free: false }).filter(({ key, hostAddress }) => isMeant(meant, { key, address: hostAddress })));
    }
    if (items.length === 0) throw unknownFunction(meant, unread);
    if (flags.json === true) answerItems(io, 'fleet show', items);
    else printLines(io, items.flatMap(functionLines));
    return 0;
  });
}

async function* hostsOf(store: FleetStore, { host }: FunctionWord, onProblem: (problem: Problem) => void): AsyncGenerator<HostOfFleet> {
  if (host === undefined) yield* everyHost(store, {}, onProblem);
  else yield await oneHost(store, host, onProblem);
}

function printLines(io: Io, lines: readonly string[]): void {
  for (const line of lines) io.out(`${oneLine(line)}\n`);
}

function hostLines(found: HostOfFleet): string[] {
  const item = hostItem(found);
  const { host, alive, hostdev, bootId, sequence, time, architecture, libvirt, qemu, classes, problems } = item;
  const claims = functionItems(found, { free: false }).flatMap(({ hostAddress, claim }) => (claim === null ? [] : [`  ${hostAddress}  ${claimWords(claim)}`]));
  return [
    `${host}: ${alive ? 'its agent lives' : 'no sign of life'}`,
    `  told at ${time}, sequence ${sequence} of boot ${bootId}, by hostdev ${hostdev}`,
    `  ${architecture}, libvirt ${libvirt ?? '-'}, QEMU ${qemu ?? '-'}`,
    `  ${hostCountWords(item)}`,
    ...classes.map((each) => `    ${classCountWords(each)}`),
    ...problems.map((problem) => `  gives nothing: ${problem}`),
    ...claims,
  ];
}

function functionLines(item: ReturnType<typeof functionItems>[number]): string[] {
  const { host, hostAddress, key, vendor, device, verdict, evidence, driver, iommuGroup, numaNode, companions, heldBy, claim } = item;
  return [
    `${host} ${hostAddress}: ${vendor.slice(2)}:${device.slice(2)}, ${verdict}`,
    `  key ${key}`,
    `  driver ${driver ?? '-'}, IOMMU group ${iommuGroup ?? '-'}, NUMA node ${numaNode ?? '-'}`,
    ...evidence.map((line) => `  ${line}`),
    ...(companions.length === 0 ? [] : [`  goes with ${companions.join(', ')}`]),
    ...(heldBy.length === 0 ? [] : [`  held by ${heldBy.join(', ')}`]),
    `  ${claim === null ? 'claimed by nobody' : claimWords(claim)}`,
  ];
}

function claimWords({ guest, host, state, by, why, token, ...ids }: NonNullable<ReturnType<typeof functionItems>[number]['claim']>): string {
  return `claimed for ${guest} on ${host} by ${by}: ${state}${why === null ? '' : ` (${why})`}, token ${token}${idsWords(ids)}`;
}
