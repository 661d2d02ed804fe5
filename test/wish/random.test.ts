/** For random wishes: a host and its guests end as wished for or as they were, whatever fails, and whenever the process is killed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recoverChanges } from '../../src/app/recover-changes.ts';
import { HostdevError } from '../../src/errors.ts';
import { unendedWholes } from '../../src/execute/journal/whole.ts';
import { openJournal } from '../../src/execute/journal/journal.ts';
import { openRecords } from '../../src/execute/recover.ts';
import { bootId } from '../../src/host/boot-id.ts';
import { context, onZ, port, running, stateDirectory, useGuestsIn } from '../guests.ts';
import { killedIn, anyWish, applyOn, everything, type Fate, FUNCTIONS, mortal, wishOf } from './wishes.ts';

const NOTHING: Fate = { at: Number.POSITIVE_INFINITY, how: 'fails' };

/** Changes that nobody knows the end of. */
async function openInJournal(directory = stateDirectory): Promise<string[]> {
  const records = await openJournal(directory).read();
  return [...openRecords(records), ...unendedWholes(records, await bootId(port)).flat()].map(({ verb, subject }) => `${verb} ${subject}`);
}

const seeded = (numRuns: number) => ({ numRuns, seed: 16, endOnFailure: true });

describe('a random wish', () => {
  it('is made, and then there is no difference; or it is refused, and nothing is changed', async () => {
    await fc.assert(
      fc.asyncProperty(anyWish, anyWish, async (first, second) => {
        await useGuestsIn(FUNCTIONS, async () => {
          running(onZ('web'));
          const { link, port: own } = await mortal(NOTHING);
          try {
            for (const text of [first, second]) {
              const before = await everything();
              try {
                await applyOn(own, link, wishOf(text));
                expect(await applyOn(own, link, wishOf(text))).toMatchObject({ differs: false, changes: [] });
              } catch (error) {
                if (!(error instanceof HostdevError)) throw error;
                expect(await everything()).toEqual(before);
              }
              expect(await openInJournal()).toEqual([]);
            }
          } finally {
            await link.close();
          }
        });
      }),
      seeded(60),
    );
  }, 300_000);

  it('of which one step fails leaves all as it was', async () => {
    await fc.assert(
      fc.asyncProperty(anyWish, fc.integer({ min: 1, max: 24 }), async (text, at) => {
        await useGuestsIn(FUNCTIONS, async () => {
          running(onZ('web'));
          const before = await everything();
          const { link, port: own, count } = await mortal({ at, how: 'fails' });
          const outcome = await applyOn(own, link, wishOf(text)).catch((error: unknown) => error);
          await link.close();
          if (count() >= at) expect(outcome).toBeInstanceOf(HostdevError);
          if (outcome instanceof HostdevError) expect(await everything()).toEqual(before);
          else if (outcome instanceof Error) throw outcome;
          expect(await openInJournal()).toEqual([]);
        });
      }),
      seeded(80),
    );
  }, 300_000);

  it('whose process is killed is recovered to how it was, and can be made then', async () => {
    await fc.assert(
      fc.asyncProperty(anyWish, fc.integer({ min: 1, max: 24 }), fc.constantFrom('killed before' as const, 'killed behind' as const), async (text, at, how) => {
        await useGuestsIn(FUNCTIONS, async () => {
          running(onZ('web'));
          const before = await everything();
          const left = await killedIn(await mortal({ at, how }), wishOf(text));
          if (left === undefined) return;
          const recovered = await recoverChanges(context(), left);
          expect(recovered.filter(({ outcome: ended }) => ended === 'stuck')).toEqual([]);
          expect(await openInJournal(left)).toEqual([]);
          expect(await everything()).toEqual(before);
          const { link, port: own } = await mortal(NOTHING);
          await applyOn(own, link, wishOf(text), { stateDirectory: left }).finally(() => link.close());
          expect(await openInJournal(left)).toEqual([]);
        });
      }),
      seeded(60),
    );
  }, 300_000);
});
