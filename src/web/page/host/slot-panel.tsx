/** A slot of IBM Z that has no function: what it would be, and how to have it. */
import type { ReactNode } from 'react';
import { VerdictMark } from '../../design/verdict-mark.tsx';
import { ActBar } from './act-bar.tsx';
import { actsOnSlot } from './function-acts.ts';
import type { ListedSlot } from './node.ts';
import { shortId, slotName } from './words.ts';

export function SlotPanel({ slot }: { readonly slot: ListedSlot }): ReactNode {
  const facts: readonly (readonly [string, string | null])[] = [
    ['fid', slot.fid],
    ['uid', slot.uid === null ? null : shortId(slot.uid)],
    ['PCHID', slot.pchid],
    ['port', slot.port === null ? null : String(slot.port)],
    ['function type', slot.functionType ?? slot.pft],
    ['device', [slot.vendorName, slot.deviceName].filter(Boolean).join(' ') || null],
  ];
  return (
    <>
      <p>
        <VerdictMark mark="standby" /> {slotName(slot)}, power off
      </p>
      <ActBar acts={actsOnSlot(slot)} />
      <dl className="facts">
        {facts.map(([name, value]) =>
          value === null ? null : (
            <div key={name} className="fact">
              <dt>{name}</dt>
              <dd className="mono">{value}</dd>
            </div>
          ),
        )}
      </dl>
    </>
  );
}
