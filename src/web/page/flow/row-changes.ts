/** Rows of the host before a plan and after it, in the words of the rows themselves: what is said of functions is the server's, who holds them follows from the plan. */
import type { SLOT_CHANGE, VFS } from '../../../json/contract/host-changes.ts';
import type { Of } from '../../../json/contract/shape.ts';
import type { Plan } from '../../../server/api/plan.ts';
import type { WholeState } from '../../../server/api/state.ts';
import type { VerdictName } from '../../../state/verdict.ts';
import { counted } from '../host/count.ts';
import { type Holding, holdersOf } from '../host/holders.ts';
import { type ListedFunction, slotKey } from '../host/node.ts';
import { idWords, nameOf, shortId, useWords } from '../host/words.ts';
import { placedFunctions, type PlacedFunction } from './answer-places.ts';

export interface RowWords {
  /** null: not known before it is there. */
  readonly mark: VerdictName | 'standby' | null;
  readonly words: string;
}

export interface RowChange {
  readonly key: string;
  readonly name: string;
  readonly before: RowWords;
  readonly after: RowWords;
}

type Planned = Pick<Plan, 'functions' | 'changes' | 'answer' | 'wish'>;

export function rowChanges(plan: Planned, { functions, guests }: Pick<WholeState, 'functions' | 'guests'>): readonly RowChange[] {
  const holders = holdersOf(guests);
  const told = new Map(plan.functions.map((each) => [each.before.hostAddress, each]));
  const moved = new Set(plan.changes.flatMap((change) => change.functions));
  // In the order of the machine: what is judged otherwise, and what goes from guest to guest without that.
  const touched = functions.filter(({ hostAddress }) => told.has(hostAddress) || (moved.has(hostAddress) && isOfGuest(plan)));
  return [
    ...touched.map((now): RowChange => {
      const { before, after, whicheverDriver } = told.get(now.hostAddress) ?? { before: now, after: now, whicheverDriver: false };
      const held = holders.get(now.hostAddress) ?? [];
      const name = [idWords(before), before.hostAddress, nameOf(before)].filter(Boolean).join(' ');
      const later = after === null ? GONE : functionWords(after, heldAfter(plan, now.hostAddress, held), whicheverDriver);
      return { key: now.hostAddress, name, before: functionWords(before, held, false), after: later };
    }),
    ...slotChanges(plan),
    ...countChanges(plan),
  ];
}

const GONE: RowWords = { mark: null, words: 'not there any more' };

function functionWords(given: ListedFunction, held: readonly Holding[], whicheverDriver: boolean): RowWords {
  const driver = whicheverDriver ? 'the host driver that the kernel chooses' : (given.driver ?? 'no driver');
  return { mark: given.verdict, words: [driver, useWords(given, held)].filter(Boolean).join(' · ') };
}

function isOfGuest({ changes }: Planned): boolean {
  return changes.some(({ verb }) => verb === 'attach' || verb === 'detach' || verb === 'swap');
}

/** Who holds a function afterwards: what goes leaves the parts that are changed, what comes is in them. */
function heldAfter(plan: Planned, address: string, held: readonly Holding[]): readonly Holding[] {
  const change = plan.changes.find(({ verb, functions }) => (verb === 'attach' || verb === 'detach' || verb === 'swap') && functions.includes(address));
  if (change === undefined) return held;
  const placed = placedFunctions(plan.answer).find(({ function: { hostAddress } }) => hostAddress === address);
  const goes = change.verb === 'detach' || (change.verb === 'swap' && change.functions[0] === address);
  if (goes) return held.map((each) => withoutParts(each, plan)).filter(({ live, config }) => live || config);
  return placed === undefined ? held : [...held.filter(({ guest }) => guest !== placed.guest), comes(placed, held)];
}

/** A swap takes it from all parts; what is taken back is told part by part. */
function withoutParts(holding: Holding, { wish, changes, answer }: Planned): Holding {
  const inGuest = 'guest' in wish && changes.some(({ subject }) => subject.endsWith(` in ${holding.guest}`));
  if (!inGuest) return holding;
  if (wish.verb === 'swap') return { ...holding, live: false, config: false };
  const [item] = answer.items as readonly { readonly functions?: readonly PlacedFunction['function'][] }[];
  const parts = item?.functions ?? [];
  return { ...holding, live: holding.live && !parts.some(({ live }) => live === true), config: holding.config && !parts.some(({ config }) => config === true) };
}

function comes({ guest, function: { guestAddress, uid, fid, live, config } }: PlacedFunction, held: readonly Holding[]): Holding {
  const before = held.find((each) => each.guest === guest);
  return { guest, guestAddress, uid, fid, live: live === true || before?.live === true, config: config === true || before?.config === true };
}

/** IBM Z: a slot is a row where it has no function. */
function slotChanges({ wish, answer }: Planned): readonly RowChange[] {
  if (wish.verb !== 'slot on' && wish.verb !== 'slot off') return [];
  const standby: RowWords = { mark: 'standby', words: 'power off' };
  return (answer.items as unknown as readonly Of<typeof SLOT_CHANGE>[])
    .filter(({ changed }) => changed)
    .map(({ fid, after }) => {
      const name = `slot ${shortId(fid)}`;
      return after.state === 'standby'
        ? { key: slotKey(fid), name, before: { mark: null, words: 'configured' }, after: standby }
        : { key: slotKey(fid), name, before: standby, after: { mark: null, words: 'configured; its function comes' } };
    });
}

/** Virtual functions that come are known when they are there. */
function countChanges({ wish, answer }: Planned): readonly RowChange[] {
  if (wish.verb !== 'vf create' && wish.verb !== 'vf remove') return [];
  return (answer.items as unknown as readonly Of<typeof VFS>[])
    .filter(({ before, after }) => before.numVfs !== after.numVfs)
    .map(({ hostAddress, before, after }) => ({
      ...{ key: `vfs ${hostAddress}`, name: `virtual functions of ${hostAddress}` },
      ...{ before: { mark: null, words: counted(before.numVfs, 'VF') }, after: { mark: null, words: counted(after.numVfs, 'VF') } },
    }));
}
