/** Words of a command line where mappings stand in the place of addresses: each means all functions of this host that are of it. */
import { HostdevError } from '../errors.ts';
import { addressesOfMapping } from '../fleet/mappings.ts';
import { fleetOfHost } from './fleet.ts';
import type { MachineFlags } from './command/options.ts';
import type { Machine } from './machine.ts';
import { onlyHere } from './mapping-word.ts';

/**
 * The words, with addresses in the place of mappings. A function that several words name is there once.
 *
 * @throws {HostdevError} `fleet-absent`, `mapping-unknown`; `function-unknown` where this host has none; `option-conflict` for another machine.
 */
export async function withoutMappings(machine: Machine, flags: MachineFlags, words: readonly string[]): Promise<string[]> {
  const wanted = words.map((word) => ({ word, mapping: word.startsWith('mapping:') ? onlyHere(word, flags) : undefined }));
  const { host, ask } = await fleetOfHost(machine);
  return ask(async ({ store }) => {
    const found: string[] = [];
    for (const { word, mapping } of wanted) {
      if (mapping === undefined) found.push(word);
      else found.push(...some(mapping, host, await addressesOfMapping(store, mapping, host)));
    }
    return [...new Set(found)];
  });
}

function some(mapping: string, host: string, addresses: readonly string[]): readonly string[] {
  if (addresses.length > 0) return addresses;
  throw new HostdevError('function-unknown', `${host} has told the fleet of no function that is of mapping ${mapping}`, {
    subject: `mapping:${mapping}`,
    hint: `'hostdev fleet mapping show ${mapping}' says what matches`,
  });
}
