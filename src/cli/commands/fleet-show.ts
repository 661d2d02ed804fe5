import { HostdevError } from '../../errors.ts';
import { type HostOfFleet, oneHost } from '../../fleet/fleet-hosts.ts';
import { functionItems, hostItem } from '../../fleet/fleet-items.ts';
import { ensureFleetName } from '../../fleet/model/keys.ts';
import { isFunctionWord, parseFunctionWord } from '../../fleet/model/function-word.ts';
import { classCountWords, hostCountWords, idsWords } from '../../fleet/model/told.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { oneLine } from '../../printable.ts';
import { answerItems } from '../answer.ts';
import type { Options } from '../command/table.ts';
import { withFleet } from '../fleet.ts';
import { type Io, printProblem } from '../io.ts';

export async function show(io: Io, word: string, flags: Options<'fleet show'>): Promise<number> {
  const named = isFunctionWord(word) ? parseFunctionWord(word) : undefined;
  const name = named === undefined ? ensureFleetName(word) : named.host;
  if (name === undefined) {
    throw new HostdevError('usage', `"${word.slice(0, 80)}" does not say which host tells of it`, { hint: 'HOST/ADDRESS: kvm1/0002:00:00.0' });
  }
  return withFleet(io, async ({ store }) => {
    const found = await oneHost(store, name, (problem) => printProblem(io, problem));
    const functions = functionItems(found, { free: false }).filter(
      ({ key, hostAddress }) => named === undefined || (named.kind === 'key' ? key === named.key : hostAddress === formatPciAddress(named.address)),
    );
    if (named !== undefined && functions.length === 0) {
      throw new HostdevError('function-unknown', `${name} has told its fleet of no function ${word}`, {
        subject: word,
        hint: `'hostdev fleet list --functions --on ${name}' shows them`,
      });
    }
    const items = named === undefined ? [hostItem(found), ...functions] : functions;
    if (flags.json === true) answerItems(io, 'fleet show', items);
    else for (const line of named === undefined ? hostLines(found) : functions.flatMap(functionLines)) io.out(`${oneLine(line)}\n`);
    return 0;
  });
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
