/** Wishes about guests of libvirt, and about its pools. */
import { attachToGuest } from '../../app/guests/attach-to-guest.ts';
import type { LibvirtConnection } from '../../app/guests/connect.ts';
import { definitionAfter } from '../../app/guests/definition-after.ts';
import { detachFromGuest } from '../../app/guests/detach-from-guest.ts';
import { attachFromPool } from '../../app/guests/pool-attach.ts';
import { createPool } from '../../app/guests/pool-create.ts';
import { removePool } from '../../app/guests/pool-remove.ts';
import { guestPorts } from '../../app/guests/ports.ts';
import type { GuestChangeOptions } from '../../app/guests/run-change.ts';
import { swapInGuest } from '../../app/guests/swap-in-guest.ts';
import { devicesNamed } from '../../app/group.ts';
import { HostdevError } from '../../errors.ts';
import { UNPLUG_TIMEOUT_S } from '../../guest/port.ts';
import { guestChange, portsItem } from '../../json/items/guests.ts';
import { poolChange, poolRemoval } from '../../json/items/pools.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { parseFid, parseUid } from '../../pci/zpci-id.ts';
import type { Change } from '../../plan/change.ts';
import type { GuestReport } from '../../plan/guest-plan.ts';
import type { Scope } from '../../plan/guest-scope.ts';
import type { WishOf } from '../api/wishes.ts';
import { type ServedHost, withLibvirt } from '../host.ts';
import type { Outcome, Running, UseCase } from './use-case.ts';

/** A guest may think about it for some minutes; nobody waits for hours. */
const LONGEST_S = 3600;

interface Given {
  readonly scope?: Scope | undefined;
  readonly force?: boolean | undefined;
  readonly timeoutSeconds?: number | undefined;
}

/** How long the guest of a wish has. */
export function guestTimeoutMs({ timeoutSeconds = UNPLUG_TIMEOUT_S }: Given): number {
  if (timeoutSeconds >= 1 && timeoutSeconds <= LONGEST_S) return timeoutSeconds * 1000;
  throw new HostdevError('usage', `timeoutSeconds is 1 to ${LONGEST_S}, not ${timeoutSeconds}`);
}

type Act = (link: LibvirtConnection, options: GuestChangeOptions) => Promise<GuestReport>;

/** Opens the connection, carries the change out, and tells it with what the definition becomes. */
async function change(host: ServedHost, { guest, ...given }: Given & { readonly guest: string }, running: Running, act: Act): Promise<Outcome> {
  const { scope = 'current', force = false } = given;
  return withDefinition(host, guest, running, async (link, remembering) => {
    const options = { ...remembering, scope, force, timeoutMs: guestTimeoutMs(given), stateDirectory: host.stateDirectory };
    const report = await act(link, options);
    return { items: [guestChange(report)], notes: report.notes };
  });
}

/** The same with what the definition becomes, where it is only planned: `act` is given options that remember the plan. */
async function withDefinition(
  host: ServedHost,
  guest: string,
  running: Running,
  act: (link: LibvirtConnection, remembering: Running) => Promise<Outcome>,
): Promise<Outcome> {
  let planned: readonly Change[] = [];
  const onPlan = (changes: readonly Change[]): void => {
    planned = changes;
    running.onPlan?.(changes);
  };
  return withLibvirt(
    host,
    async (link) => {
      const outcome = await act(link, { ...running, onPlan });
      return running.dryRun ? { ...outcome, definition: await definitionAfter(link, guest, planned) } : outcome;
    },
    running.dryRun ? undefined : running.signal,
  );
}

export const attach: UseCase<WishOf<'attach'>> = async (host, wish, running) => {
  const context = await host.context();
  const named = wish.functions.map(parsePciAddress);
  const whole = async (): Promise<readonly (typeof named)[number][]> =>
    (await devicesNamed(context, named, { group: true, confirm: async () => true })).map(({ address }) => address);
  const addresses = wish.group === true ? await whole() : named;
  const { uid, fid, managed = true } = wish;
  if (addresses.length > 1 && (uid !== undefined || fid !== undefined)) {
    throw new HostdevError('option-conflict', `uid and fid can only belong to one function, but ${addresses.length} are named`, {
      hint: 'give one function at a time',
    });
  }
  const ids = { ...(uid === undefined ? {} : { uid: parseUid(uid, 'uid') }), ...(fid === undefined ? {} : { fid: parseFid(fid, 'fid') }) };
  const specs = addresses.map((source) => ({ source, managed, ...(Object.keys(ids).length === 0 ? {} : { zpci: ids }) }));
  return change(host, wish, running, (link, options) => attachToGuest(context, link, { word: wish.guest, specs }, options));
};

export const attachOfPool: UseCase<WishOf<'attach from pool'>> = async (host, wish, running) => {
  const context = await host.context();
  const { guest: word, network, mac, vlan } = wish;
  return change(host, wish, running, (link, options) => attachFromPool(context, link, { word, network, mac, vlan }, options));
};

export const detach: UseCase<WishOf<'detach'>> = async (host, wish, running) => {
  const context = await host.context();
  const selectors = wish.functions.map((name) => ({ source: parsePciAddress(name) }));
  return change(host, wish, running, (link, options) => detachFromGuest(context, link, { word: wish.guest, selectors }, options));
};

export const swap: UseCase<WishOf<'swap'>> = async (host, wish, running) => {
  const context = await host.context();
  const [old, next] = [parsePciAddress(wish.old), parsePciAddress(wish.next)];
  return change(host, wish, running, (link, options) => swapInGuest(context, link, { word: wish.guest, old, next }, options));
};

export const addPorts: UseCase<WishOf<'ports add'>> = async (host, { guest, count }, running) => {
  const context = await host.context();
  const add = addedPorts(count);
  return withDefinition(host, guest, running, async (link, remembering) => ({
    items: [portsItem(await guestPorts(context, link, guest, { ...remembering, add, stateDirectory: host.stateDirectory }))],
  }));
};

/** 0 is what the command only counts by. */
function addedPorts(count: number): number {
  if (count >= 1) return count;
  throw new HostdevError('usage', `count is how many ports are added, 1 or more, not ${count}`, { hint: 'two are enough for most' });
}

export const makePool: UseCase<WishOf<'pool create'> & { readonly uuid?: string }> = async (host, wish, running) => {
  const { network: name, functions, uuid, force = false, autostart = false } = wish;
  const context = await host.context();
  const addresses = functions.map(parsePciAddress);
  const options = { ...running, force, autostart, stateDirectory: host.stateDirectory };
  return withLibvirt(host, async (link) => {
    const created = await createPool(context, await link.get(), { name, addresses, uuid }, options);
    return { items: [poolChange(name, created)] };
  });
};

export const endPool: UseCase<WishOf<'pool remove'>> = async (host, { network, force = false }, running) => {
  const context = await host.context();
  const options = { ...running, force, stateDirectory: host.stateDirectory };
  return withLibvirt(host, async (link) => ({ items: [poolRemoval(await removePool(context, await link.get(), network, options))] }));
};
