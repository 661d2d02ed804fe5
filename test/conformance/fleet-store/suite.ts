/** What every store of a fleet does: the one in memory, a directory that hosts share, a cluster of etcd. */
import { describe, expect, it } from 'vitest';
import type { FleetStore } from '../../../src/fleet/store/store.ts';
import { IMPOSSIBLE } from './impossible.ts';
import { LEASED } from './leased.ts';
import { LIMITS } from './limits.ts';
import { PAGES } from './pages.ts';
import { SERIAL } from './serial.ts';
import { TOKENS } from './tokens.ts';
import { TRANSACTIONS } from './transactions.ts';
import { UNCLEAR } from './unclear.ts';
import type { Faults, StoreCase, StoreUnderTest } from './under-test.ts';
import { WATCHES } from './watches.ts';

const TOPICS: Readonly<Record<string, readonly StoreCase[]>> = {
  transactions: TRANSACTIONS,
  'transactions at once': SERIAL,
  tokens: TOKENS,
  pages: PAGES,
  watches: WATCHES,
  'answers that are unclear': UNCLEAR,
  'leased keys': LEASED,
  limits: LIMITS,
  'stores that take nothing': IMPOSSIBLE,
};

/** One way to have a store, which may serve all cases after each other, or be made for each. */
export interface StoreWay {
  readonly title: string;
  readonly make: () => Promise<Faults & { readonly open: () => Promise<FleetStore>; readonly end: () => Promise<void> }>;
  /** Faults that this way cannot have, each with why: their cases are none of its tests, and named at the end. */
  readonly lacks: Partial<Readonly<Record<keyof Faults, string>>>;
}

/** Runs all cases against a way to have a store, and counts them. */
export function describeFleetStore({ title, make, lacks }: StoreWay): void {
  describe(`a fleet's store: ${title}`, () => {
    let passed = 0;
    let number = 0;
    const isLacking = ({ needs }: StoreCase): boolean => needs !== undefined && lacks[needs] !== undefined;
    const all = Object.values(TOPICS).flat();

    describe.each(Object.entries(TOPICS).filter(([, cases]) => !cases.every(isLacking)))('%s', (_, cases) => {
      it.each(cases.filter((each) => !isLacking(each)))('$title', runCase);
    });

    async function runCase({ needs, run }: StoreCase): Promise<void> {
      const made = await make();
      const opened: FleetStore[] = [];
      const open = async (): Promise<FleetStore> => {
        const store = await made.open();
        opened.push(store);
        return store;
      };
      number += 1;
      const fleet: StoreUnderTest = { ...made, open, prefix: `suite/${process.pid}-${number}/` };
      try {
        if (needs !== undefined && made[needs] === undefined) throw new Error(`${title} neither has ${needs} nor says why`);
        await run(fleet);
        passed += 1;
      } finally {
        for (const store of opened) await store.close();
        await made.end();
      }
    }

    const without = Object.values(lacks).map((why) => `, without what needs more: ${why}`);
    it(`has run ${all.filter((each) => !isLacking(each)).length} of ${all.length} cases${without.join('')}`, () => {
      expect(passed).toBe(all.filter((each) => !isLacking(each)).length);
    });
  });
}
