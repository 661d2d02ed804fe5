import { showFunction } from '../../app/show.ts';
import { resolveFunction } from '../../app/resolve.ts';
import { type FunctionName, parseFunctionName } from '../../domain/function-name.ts';
import { HostdevError } from '../../errors.ts';
import type { Options } from '../command/table.ts';
import { answerItems } from '../answer.ts';
import type { Io } from '../io.ts';
import { shown } from '../../json/items/functions.ts';
import { oneLine } from '../../printable.ts';
import { machineContext } from '../machine.ts';
import type { FunctionDetails } from '../../state/function-details.ts';

export async function show(io: Io, word: string, options: Options<'show'>): Promise<number> {
  const name = word.startsWith('mapping:') ? await nameOfMapping(io, options, word) : parseFunctionName(word);
  const context = await machineContext(io.machine, options);
  const details = await showFunction(context, await resolveFunction(context, name));
  if (options.json === true) answerItems(io, 'show', [shown(details)]);
  else {
    const width = Math.max(...lines(details).map(([label]) => label.length));
    for (const [label, value] of lines(details)) io.out(`${io.colors.bold(label.padEnd(width))}  ${oneLine(value)}\n`);
  }
  return 0;
}

/** @throws {HostdevError} `address-ambiguous` where several functions of this host are of the mapping; and as `functionNames`. */
async function nameOfMapping(io: Io, options: Options<'show'>, word: string): Promise<FunctionName> {
  const [first, ...others] = await (await import('../function-names.ts')).functionNames(io.machine, options, [word]);
  if (first !== undefined && others.length === 0) return first;
  const names = [first, ...others].flatMap((each) => each?.written ?? []);
  throw new HostdevError('address-ambiguous', `${word} means ${names.length} functions: ${names.join(', ')}`, { subject: word, hint: 'name one of them' });
}

/** Label and value of everything that is known; what is not, is left out. */
function lines(d: FunctionDetails): [string, string][] {
  const named = (name: string | null, id: string): string => (name === null ? id : `${name} [${id}]`);
  const all: [string, string | number | null | false][] = [
    ['Address', d.address],
    ['Node device', d.nodeDevice],
    ['Class', named(d.className, d.class)],
    ['Vendor', named(d.vendorName, d.vendor)],
    ['Device', named(d.deviceName, d.device)],
    ['Subsystem', d.subsystem === null ? null : named(d.subsystemName, d.subsystem)],
    ['Revision', d.revision],
    ['Kind', `${d.pcie === null ? 'PCI (only root sees whether Express)' : d.pcie ? 'PCI Express' : 'conventional PCI'} ${d.headerType}`],
    ['Verdict', d.words],
    ...d.evidence.map((line): [string, string] => ['', line]),
    ['Driver', d.driver ?? 'none'],
    ['Driver override', d.driverOverride],
    [
      'IOMMU group',
      d.iommuGroup === null
        ? 'none (it cannot be given to a guest)'
        : `${d.iommuGroup}${d.groupMembers.length === 0 ? ' (alone)' : ` with ${d.groupMembers.join(', ')}`}`,
    ],
    ['Reset methods', d.resetMethods.length === 0 ? 'none' : d.resetMethods.join(', ')],
    ['NUMA node', d.numaNode],
    ['Boot VGA', d.bootVga && 'yes: firmware and console use it'],
    ['Network', d.netdevs.length > 0 && d.netdevs.join(', ')],
    ['VF of', d.physicalFunction],
    [
      'VFs',
      d.sriov === null
        ? null
        : `${d.sriov.numVfs ?? '?'} of ${d.sriov.totalVfs ?? '?'}${d.sriov.virtualFunctions.length === 0 ? '' : `: ${d.sriov.virtualFunctions.join(', ')}`}`,
    ],
    ['Link', d.link === null ? null : `${d.link.speed ?? '?'} ×${d.link.width ?? '?'} (up to ${d.link.maxSpeed ?? '?'} ×${d.link.maxWidth ?? '?'})`],
    ['fid', d.fid],
    ['uid', d.zpci === null ? null : `${d.uid ?? 'none'}${d.zpci.uidIsUnique === false ? ' (uids are not unique on this machine)' : ''}`],
    ['pchid', d.pchid],
    ['Port', d.port],
    ['pft', d.zpci?.pft ?? null],
    ['vfn', d.zpci?.vfn ?? null],
    ['pfgid', d.zpci?.pfgid ?? null],
    ['Function handle', d.zpci?.functionHandle ?? null],
  ];
  return all.flatMap(([label, value]) => (value === null || value === false ? [] : [[label, String(value)]]));
}
