/** The order of rows is held while somebody is among them, and is made anew when he leaves. */
import { useCallback, useMemo, useState } from 'react';
import type { WholeState } from '../../../server/api/state.ts';
import { type HeldTree, inPlace } from './in-place.ts';
import type { HostNode } from './node.ts';

interface Shown extends Pick<WholeState, 'functions' | 'slots'> {
  /** What is to be shown now. */
  readonly found: readonly HostNode[];
  /** Names what was asked for: another layout or filter is what somebody wants to see, and holds nothing. */
  readonly asked: string;
}

interface Held extends HeldTree {
  readonly hold: () => void;
  readonly release: () => void;
}

export function useHeldTree({ functions, slots, found, asked }: Shown): Held {
  const [held, setHeld] = useState<{ readonly tree: readonly HostNode[]; readonly asked: string } | null>(null);
  const shown = useMemo(
    (): HeldTree => (held === null || held.asked !== asked ? { tree: found, gone: NONE, coming: 0 } : inPlace(held.tree, { functions, slots, found })),
    [held, asked, functions, slots, found],
  );
  const hold = useCallback(() => setHeld((before) => (before?.asked === asked ? before : { tree: found, asked })), [found, asked]);
  const release = useCallback(() => setHeld(null), []);
  return { ...shown, hold, release };
}

const NONE: ReadonlySet<string> = new Set();
