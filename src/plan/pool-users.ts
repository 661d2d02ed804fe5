/** Who uses a pool, and so keeps it from being taken away. */
import { readDomain } from '../domain/domain.ts';
import { interfaceNetworks } from '../domain/interface-networks.ts';
import type { NetworkPool } from '../domain/network-pool.ts';
import type { Problem } from '../errors.ts';
import { samePciAddress } from '../pci/address.ts';
import { shellWord } from '../shell-word.ts';
import { type GuestState, sourcesIn } from '../state/guest-state.ts';

/** A pool as far as its users matter. */
export interface UsedPool {
  readonly name: string;
  readonly active: boolean;
  readonly pool: NetworkPool;
}

/** Guests that use a pool, by name. */
interface PoolUsers {
  /** They run, and may have a function of it. */
  readonly running: readonly string[];
  /** Their definitions name it: their next start needs it. */
  readonly defined: readonly string[];
}

function poolUsers({ name, active, pool }: UsedPool, guests: readonly Pick<GuestState, 'ref' | 'live' | 'config'>[]): PoolUsers {
  const isConnected = (pool.connections ?? 0) > 0;
  const isNamed = (xml: string | undefined): boolean => xml !== undefined && interfaceNetworks(readDomain(xml)).includes(name);
  // A guest that runs has the function without a word of the network. One that was given the function by its address has it too, but is not counted as connected.
  const mayHave = (xml: string | undefined): boolean =>
    active && isConnected && sourcesIn(xml).some((source) => pool.functions.some((each) => samePciAddress(each, source)));
  const names = (all: readonly Pick<GuestState, 'ref'>[]): string[] => all.map(({ ref }) => ref.name).toSorted();
  return {
    running: names(guests.filter(({ live }) => isNamed(live) || mayHave(live))),
    defined: names(guests.filter(({ config }) => isNamed(config))),
  };
}

/** Why a pool cannot go; `isForcible` where nothing that runs is touched by it. */
export interface PoolRefusal {
  readonly problem: Problem;
  readonly isForcible: boolean;
}

/** What speaks against taking a pool away; undefined when nobody uses it. */
export function refusalToRemovePool(found: UsedPool, guests: readonly Pick<GuestState, 'ref' | 'live' | 'config'>[]): PoolRefusal | undefined {
  const { name, active, pool } = found;
  const { running, defined } = poolUsers(found, guests);
  const refusal = (what: string, hint: string): Problem => ({
    code: 'network-in-use',
    severity: 'error',
    subject: name,
    message: `the pool ${name} ${what}`,
    hint,
  });
  const [first] = running;
  if (first !== undefined || (active && (pool.connections ?? 0) > 0)) {
    const who = first === undefined ? `${pool.connections} that libvirt does not name here` : running.join(', ');
    const hint = `'hostdev guests' shows what each has; take it out: hostdev detach ${first === undefined ? 'GUEST' : shellWord(first)} --mac MAC`;
    return { problem: refusal(`is in use by guests that run: ${who}`, hint), isForcible: false };
  }
  if (defined.length === 0) return undefined;
  const hint = 'without it they do not start: change their definitions first; --force takes it away all the same';
  return { problem: refusal(`is in the definitions of guests: ${defined.join(', ')}`, hint), isForcible: true };
}
