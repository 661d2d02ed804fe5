/** Forgetting a host that is off for good: the only way in which what a host has attached is freed by anybody else. */
import { HostdevError } from '../errors.ts';
import { readClaims } from './read-fleet.ts';
import { aliveKey, guestsKey, inventoryKey } from './model/keys.ts';
import type { KeptClaim } from './model/view.ts';
import { transition } from './model/transition.ts';
import { commitDeletion } from './store/commit-deletion.ts';
import type { Clear } from './store/make-clear.ts';
import type { Compare, FleetStore, Operation } from './store/store.ts';

export interface Forgetting {
  readonly host: string;
  /** Somebody has seen that the host is off, or cut off from what it has: nobody else can know. */
  readonly fenced: boolean;
  readonly dryRun: boolean;
  /** Whether somebody agrees to what would be freed. */
  readonly confirm: (claims: readonly KeptClaim[]) => Promise<boolean>;
}

export interface Forgotten {
  readonly claims: readonly KeptClaim[];
  /** Whether the fleet had a record of the host. */
  readonly wasKnown: boolean;
}

/** Claims that are freed in one transaction: two compares, and three keys that go, each. */
const AT_ONCE = 40;

/**
 * Frees everything that is claimed for a host, functions of its IBM Z machine among it, and takes its record away.
 *
 * @throws {HostdevError} `fleet-host-alive` while it gives signs of life, `change-unconfirmed`, `fleet-host-unknown`, `claim-changed`, `fleet-unclear`.
 */
export async function forgetHost(store: FleetStore, { host, fenced, dryRun, confirm }: Forgetting, signal?: AbortSignal): Promise<Forgotten> {
  const { entries } = await store.get([inventoryKey(host), guestsKey(host), aliveKey(host)], signal);
  const claims = await claimsFor(store, host, signal);
  const wasKnown = entries.some(({ key }) => key !== aliveKey(host));
  if (!wasKnown && claims.length === 0) {
    throw new HostdevError('fleet-host-unknown', `the fleet has no host ${host}, and nothing is claimed for one`, {
      subject: host,
      hint: "'hostdev fleet list' shows the hosts",
    });
  }
  if (dryRun) return { claims, wasKnown };
  if (!fenced) throw unfenced(host, claims.length);
  if (entries.some(({ key }) => key === aliveKey(host))) {
    throw new HostdevError('fleet-host-alive', `${host} gives signs of life: what its guests have is not free`, {
      subject: host,
      hint: `switch it off, and wait until its sign of life is gone; to take a host that runs out of the fleet: 'hostdev fleet leave' on ${host}`,
    });
  }
  if (!(await confirm(claims)))
    throw new HostdevError('change-unconfirmed', `nobody has confirmed that ${host} is off`, { subject: host, hint: 'add --yes when it is' });
  await freeAll(store, { host, claims }, signal);
  const records = entries.filter(({ key }) => key !== aliveKey(host));
  const compares: Compare[] = [silent(host), ...records.map(({ key, created }) => ({ kind: 'created' as const, key, revision: created }))];
  const operations: Operation[] = records.map(({ key }) => ({ kind: 'delete', key }));
  const answer = await commitDeletion(store, { compares, operations }, signal);
  if (answer.outcome !== 'done') throw comeBack(host, answer);
  // Somebody may have claimed while it was asked whether the host is off; a claim compares its record, and once that is gone none comes any more.
  const late = await claimsFor(store, host, signal);
  await freeAll(store, { host, claims: late }, signal);
  return { claims: [...claims, ...late], wasKnown };
}

/** All of them; whose claim cannot be read may be of this host as well, and then not all of it would be forgotten. */
async function claimsFor(store: FleetStore, host: string, signal?: AbortSignal): Promise<KeptClaim[]> {
  const { kept, problems } = await readClaims(store, signal);
  const [unreadable, ...others] = problems;
  if (unreadable !== undefined) throw HostdevError.all(unreadable, others);
  return kept.filter(({ record }) => record.host === host);
}

/** Looked at again with each that is freed: it may come back in between. */
function silent(host: string): Compare {
  return { kind: 'absent', key: aliveKey(host) };
}

interface Freeing {
  readonly host: string;
  readonly claims: readonly KeptClaim[];
}

async function freeAll(store: FleetStore, { host, claims }: Freeing, signal?: AbortSignal): Promise<void> {
  for (let at = 0; at < claims.length; at += AT_ONCE) await freeSome(store, { host, claims: claims.slice(at, at + AT_ONCE) }, signal);
}

async function freeSome(store: FleetStore, { host, claims }: Freeing, signal?: AbortSignal): Promise<void> {
  const { compares, operations } = transition(claims, { to: 'free', hand: 'fence' });
  const answer = await commitDeletion(store, { compares: [silent(host), ...compares], operations }, signal);
  if (answer.outcome !== 'done') throw comeBack(host, answer);
}

function comeBack(host: string, answer: Exclude<Clear, { outcome: 'done' }>): HostdevError {
  if (answer.outcome === 'unclear') return HostdevError.from(answer.problem);
  const code = answer.current.some(({ key }) => key === aliveKey(host)) ? 'fleet-host-alive' : 'claim-changed';
  return new HostdevError(code, `${host} has come back, or somebody has changed its claims, while it was forgotten: some may be free already`, {
    subject: host,
    hint: `'hostdev fleet claims --host ${host}' shows what is left; where the host runs: 'hostdev fleet check'`,
  });
}

function unfenced(host: string, count: number): HostdevError {
  const what = count === 0 ? 'its record goes' : `${count} ${count === 1 ? 'claim' : 'claims'} would be freed`;
  return new HostdevError(
    'change-unconfirmed',
    `${host} is forgotten only when it is off: ${what}, and a guest that still runs there would share its functions`,
    {
      subject: host,
      hint: 'see that it is off, then add --fenced; --dry-run names what would be freed',
    },
  );
}
