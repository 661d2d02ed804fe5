/** What can be asked for a function or a slot. Whether it is to be had says the plan: nothing is left out because it would be refused. */
import type { WholeState } from '../../../server/api/state.ts';
import type { Wish } from '../../../server/api/wishes.ts';
import type { FunctionDetails } from '../connection/api.ts';
import type { Holding } from './holders.ts';
import type { ListedSlot } from './node.ts';

export interface Act {
  readonly words: string;
  readonly wish: Partial<Wish> & Pick<Wish, 'verb'>;
}

export function actsOnFunction({ details }: FunctionDetails, held: readonly Holding[], { persistent }: Pick<WholeState, 'persistent'>): readonly Act[] {
  const { hostAddress, sriov, physicalFunction, fid } = details;
  const functions = [hostAddress];
  const isKept = persistent.some((rule) => rule.kind === 'rule' && rule.hostAddress === hostAddress);
  return [
    { words: 'Give to a guest…', wish: { verb: 'attach', functions } },
    ...held.flatMap(({ guest }): readonly Act[] => [
      { words: `Take back from ${guest}…`, wish: { verb: 'detach', guest, functions } },
      { words: `Swap in ${guest}…`, wish: { verb: 'swap', guest, old: hostAddress } },
    ]),
    { words: 'Prepare…', wish: { verb: 'prepare', functions } },
    { words: 'Release…', wish: { verb: 'release', functions } },
    ...(sriov === null
      ? []
      : [
          { words: 'Virtual functions…', wish: { verb: 'vf create', physicalFunction: hostAddress } } as const,
          { words: 'Remove virtual functions…', wish: { verb: 'vf remove', physicalFunction: hostAddress } } as const,
        ]),
    ...(physicalFunction === null ? [] : [{ words: 'MAC, VLAN…', wish: { verb: 'vf set', virtualFunction: hostAddress } } as const]),
    ...(isKept ? [{ words: 'Not at every boot…', wish: { verb: 'persistent remove', functions } } as const] : []),
    ...(fid === null ? [] : actsOnSlot({ fid, state: 'configured' })),
  ];
}

export function actsOnSlot({ fid, state }: Pick<ListedSlot, 'fid' | 'state'>): readonly Act[] {
  const fids = [fid];
  if (state === 'standby') return [{ words: 'Configure…', wish: { verb: 'slot on', fids } }];
  return [
    { words: 'Slot off…', wish: { verb: 'slot off', fids } },
    { words: 'Slot reset…', wish: { verb: 'slot reset', fids } },
    { words: 'Reconfigure slot…', wish: { verb: 'slot reconfigure', fids } },
  ];
}
