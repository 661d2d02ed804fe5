/** The host's parts of a wish: slots, virtual functions with their settings, functions that are prepared. */
import { readRule } from '../../host/persist/rules.ts';
import { readPrepareFacts } from '../../host/prepare-facts.ts';
import { requireFunctions } from '../../host/require-functions.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import type { Change } from '../../plan/change.ts';
import { checkDriverName, planPrepares } from '../../plan/prepare.ts';
import type { RuleChange } from '../../plan/persist.ts';
import type { Later } from '../../plan/wish-plan.ts';
import type { WishedFunction, WishedSettings, WishedSlot, WishedVfs } from '../../wish/wish.ts';
import { refuseUnassignable } from '../assignable.ts';
import { rulesFor, type FunctionWish } from '../persistent.ts';
import { planSlotChange } from '../slot-plan.ts';
import { planVfs } from '../vf-count-plan.ts';
import { planVfSetting } from '../vf-setting-plan.ts';
import { refuseTwiceMeant } from './meant-twice.ts';
import { resolveSelector } from './resolve-selector.ts';
import { located, locatedAmong, type ItemPlan, type Looking, type WishItem } from './wish-item.ts';

/** Functions that go to standby go before others come: an id or a place may be free by that. */
export function slotItems(slots: readonly WishedSlot[]): WishItem[] {
  const ordered = [...slots.filter(({ state }) => state === 'standby'), ...slots.filter(({ state }) => state === 'configured')];
  return ordered.map(({ at, fid, state }) => ({
    at,
    plan: async ({ view, options }) => ({ changes: (await planSlotChange(view, state === 'configured' ? 'slot on' : 'slot off', fid, options)).changes }),
  }));
}

/** How many there are, then what each has. */
export function vfItems(all: readonly WishedVfs[]): WishItem[] {
  const once: WishItem = { plan: async (looking) => (await refusePhysicalTwice(looking, all), { changes: [] }) };
  const items = all.flatMap((wish): WishItem[] => [
    { at: wish.at, plan: (looking) => planCounted(looking, wish) },
    ...wish.settings.map((settings): WishItem => ({ at: settings.at, plan: (looking) => planSettings(looking, wish, settings) })),
  ]);
  return all.length > 1 ? [once, ...items] : items;
}

async function refusePhysicalTwice(looking: Looking, all: readonly WishedVfs[]): Promise<void> {
  const found = await Promise.all(
    all.map(async ({ at, physicalFunction }) => ({ at, selector: physicalFunction, ...(await resolveSelector(looking, physicalFunction)) })),
  );
  refuseTwiceMeant(found.flatMap((each) => ('address' in each ? [each] : [])));
}

async function planCounted(looking: Looking, { physicalFunction, numVfs, hostDrivers, persist }: WishedVfs): Promise<ItemPlan> {
  const what = `${numVfs} virtual functions of ${physicalFunction.written}`;
  const pf = await resolveSelector(looking, physicalFunction);
  if ('later' in pf) return { changes: [], later: [{ what, why: pf.later }], comes: ['vf create', 'vf remove', 'persist', 'unpersist'] };
  // None that come back at the next boot would not be none.
  const wish = { verb: numVfs === 0 ? 'vf remove' : 'vf create', count: numVfs, hostDrivers, persist: persist === true || numVfs === 0 } as const;
  const { changes, todo } = await planVfs(looking.view, pf.address, wish, looking.autoprobeBefore);
  const isKept = persist === false && ((await readRule(looking.view.port, pf.address))?.vfs ?? null) !== null;
  const unkept = isKept && numVfs > 0 ? await rulesFor(looking.view.port, [{ address: pf.address, vfs: null }]) : [];
  return { changes: [...changes, ...unkept], todo: [...todo, ...unkept.flatMap((rule) => rule.todo)] };
}

async function planSettings(looking: Looking, { physicalFunction, persist }: WishedVfs, { at, index, values }: WishedSettings): Promise<ItemPlan> {
  const words = Object.entries(values).map(([name, value]) => `${name} ${value}`);
  const pf = await resolveSelector(looking, physicalFunction);
  const vf =
    'later' in pf
      ? pf
      : await resolveSelector(looking, {
          ...{ kind: 'virtual', at, index, physicalFunction: { kind: 'address', written: physicalFunction.written, address: pf.address } },
          written: `virtual function ${index} of ${physicalFunction.written}`,
        });
  if ('later' in vf && words.length === 0) return { changes: [] };
  if ('later' in vf)
    return {
      changes: [],
      later: [{ what: `${words.join(', ')} of virtual function ${index} of ${physicalFunction.written}`, why: vf.later }],
      comes: ['vf set', 'persist', 'unpersist'],
    };
  return { changes: (await planVfSetting(looking.view, vf.address, values, { ...looking.options, persist: persist === true })).changes };
}

/** All together: members of an IOMMU group go together or not at all. */
export function functionItems(wishes: readonly WishedFunction[]): WishItem[] {
  if (wishes.length === 0) return [];
  return [{ at: wishes[0]?.at, plan: (looking) => planFunctions(looking, wishes) }];
}

interface Chosen {
  readonly wish: WishedFunction;
  readonly address: PciAddress;
}

async function planFunctions(looking: Looking, wishes: readonly WishedFunction[]): Promise<ItemPlan> {
  const { view, options } = looking;
  const chosen: Chosen[] = [];
  const later: Later[] = [];
  for (const wish of wishes) {
    const found = await resolveSelector(looking, wish.function);
    if ('later' in found) later.push({ what: `${wish.function.written} is prepared`, why: found.later });
    else chosen.push({ wish, address: found.address });
  }
  refuseTwiceMeant(chosen.map(({ wish, address }) => ({ at: wish.at, selector: wish.function, address })));
  const changes = await planPreparesOf(looking, chosen);
  const moving = new Set(changes.map(({ subject }) => subject));
  // Those that are there stay, whatever is said of them.
  const going = chosen.filter(({ address }) => moving.has(formatPciAddress(address)));
  const devices = await requireFunctions(
    view.port,
    going.map(({ address }) => address),
  );
  await locatedAmong(
    going.map(({ wish: { at }, address }) => ({ at, address })),
    () => refuseUnassignable(view, devices, () => true, options),
  );
  const rules = await planRulesOf(looking, chosen, changes);
  const comes = later.length === 0 ? [] : (['prepare', 'persist', 'unpersist'] as const);
  return { changes: [...changes, ...rules], later, comes, todo: rules.flatMap(({ todo }) => todo) };
}

async function planPreparesOf({ view: { port, loaded } }: Looking, chosen: readonly Chosen[]): Promise<Change[]> {
  const facts = await Promise.all(
    chosen.map(({ wish, address }) =>
      located(wish.at, async () => {
        const driver = wish.driver === undefined ? undefined : checkDriverName(wish.driver);
        return readPrepareFacts(port, await requireFunctions(port, [address]), { driver, loaded });
      }),
    ),
  );
  return planPrepares(facts.flat()).flatMap((change) => change ?? []);
}

async function planRulesOf({ view: { port } }: Looking, chosen: readonly Chosen[], changes: readonly Change[]): Promise<RuleChange[]> {
  const devices = await requireFunctions(
    port,
    chosen.map(({ address }) => address),
  );
  const wishes = chosen.flatMap(({ wish: { persist }, address }, i): FunctionWish[] => {
    if (persist === undefined) return [];
    const change = changes.find(({ subject }) => subject === formatPciAddress(address));
    return [{ address, driver: persist ? (change?.wanted['driver'] ?? devices[i]?.driver ?? null) : null }];
  });
  return rulesFor(port, wishes);
}
