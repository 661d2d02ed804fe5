/** Whether somebody has begun to use what is about to be touched. */
import { readHostState } from '../host/host-state.ts';
import type { HostPort } from '../host/port.ts';
import { readOnce } from '../host/read-once.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { judge, judgmentOf } from '../state/judge.ts';
import { formatEvidence } from '../state/verdict.ts';

/**
 * Who uses functions, in words; undefined when nobody does. Of a function that is with VFIO only its holders count: what the
 * host does with others of its group is not touched by giving it back.
 */
export async function findUser(port: HostPort, addresses: readonly PciAddress[], counts: 'holders' | 'uses'): Promise<string | undefined> {
  // Nobody can use what is not there.
  if (addresses.length === 0) return undefined;
  const judgments = judge(await readHostState(readOnce(port)));
  for (const address of addresses) {
    const found = judgmentOf(judgments, address);
    if (found === undefined || (counts === 'holders' ? found.verdict !== 'held' : found.uses.length === 0)) continue;
    const evidence = counts === 'holders' ? found.evidence : found.uses;
    return `${formatPciAddress(address)} is in use by now: ${evidence.map(formatEvidence).join('; ')}`;
  }
  return undefined;
}
