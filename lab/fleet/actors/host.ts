/** A host: it attaches what is claimed for it, and takes away what is to go. What it has in guests is known by its kernel, what it began by its journal. */
import { aliveKey } from '../../../src/fleet/model/keys.ts';
import type { OnHost } from '../history/event.ts';
import type { Planted } from './planted.ts';
import type { Surroundings } from './surroundings.ts';
import { clearly, encode, type Held, listClaims, move, readClaims, takingAway } from './transact.ts';

export interface InGuest {
  readonly function: string;
  readonly guest: string;
  readonly token: bigint;
}

/** What stays when the process of the host is killed. */
export interface Kernel {
  readonly inGuests: () => readonly InGuest[];
  readonly attach: (device: InGuest) => void;
  readonly detach: (device: InGuest) => void;
}

/** What a host writes down of what it does to its functions, before it does it. */
interface Journal {
  readonly append: (entry: OnHost) => void;
  /** All of it, oldest first. */
  readonly read: () => readonly OnHost[];
}

export interface Host {
  readonly name: string;
  readonly kernel: Kernel;
  readonly journal: Journal;
}

const ALIVE_SECONDS = 5;
/** How many commands are on their way at once, each of which waits for its turn at the host. */
const AT_ONCE = 3;

export async function host(by: Surroundings, { name, kernel, journal }: Host, planted?: Planted): Promise<void> {
  by.say({ kind: 'begins', role: 'host', hosts: [name] });
  const own = { by, name, kernel, journal, planted, turn: oneAtATime() };
  await by.store.alive(aliveKey(name), encode({ host: name }), ALIVE_SECONDS);
  await comeBack(own);
  const running = new Map<string, Promise<void>>();
  while (!by.isOver() || running.size > 0) {
    for (const held of await unitsOf(own)) {
      const { request, state } = held[0]?.claim ?? { request: '', state: 'lost' };
      if (running.has(request) || running.size >= AT_ONCE || (state !== 'claimed' && state !== 'releasing')) continue;
      if (state === 'claimed' && (by.isOver() || by.random() < 0.3)) continue;
      const act = state === 'claimed' ? attach(own, held) : takeAway(own, held);
      running.set(
        request,
        act.finally(() => running.delete(request)),
      );
    }
    await by.pause();
  }
}

interface Own extends Host {
  readonly by: Surroundings;
  readonly planted: Planted | undefined;
  /** The lock of the host. */
  readonly turn: <T>(act: () => Promise<T>) => Promise<T>;
}

function oneAtATime(): Own['turn'] {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const next = last.then(act);
    last = next;
    return next;
  };
}

/** The claims for this host, those of one request together. */
async function unitsOf({ by, name }: Own): Promise<Held[][]> {
  const units = new Map<string, Held[]>();
  for (const held of await listClaims(by.store)) {
    if (held.claim.host !== name) continue;
    units.set(held.claim.request, [...(units.get(held.claim.request) ?? []), held]);
  }
  return [...units.values()];
}

const deviceOf = ({ claim, created }: Held): InGuest => ({ function: claim.function, guest: claim.guest, token: created });

async function attach(own: Own, seen: readonly Held[]): Promise<void> {
  const { by, planted } = own;
  // Whoever asked for it may take a while to come to the host.
  for (let left = by.random() * 8; left > 0; left -= 1) await by.pause();
  await own.turn(async () => {
    const attaching = planted === 'no token' ? seen : await begin(own, seen);
    if (attaching === undefined) return;
    for (const device of attaching.map(deviceOf)) {
      tell(own, 'attaching', device);
      await by.pause();
      own.kernel.attach(device);
      tell(own, 'attached', device);
      await by.pause();
    }
    await move(by, attaching, 'attached');
  });
}

/** Looks again, under the lock, and says in the store what it is about to do; nothing where it must not. */
async function begin(own: Own, seen: readonly Held[]): Promise<Held[] | undefined> {
  const now = await readClaims(
    own.by.store,
    seen.map(({ claim }) => claim.function),
  );
  const same =
    now.length === seen.length &&
    now.every(
      (each) => each.claim.state === 'claimed' && seen.some(({ created, claim }) => created === each.created && claim.function === each.claim.function),
    );
  if (!same) return undefined;
  const attaching = await move(own.by, now, 'attaching');
  const older = attaching?.some((each) => own.journal.read().some((known) => known.function === each.claim.function && known.token > each.created)) ?? false;
  if (!older || attaching === undefined) return attaching;
  // A newer right was here before this one: the store has forgotten something.
  await move(own.by, attaching, 'stuck');
  return undefined;
}

async function takeAway(own: Own, held: readonly Held[]): Promise<void> {
  await own.turn(async () => {
    for (const device of held.map(deviceOf)) await detach(own, device);
    await clearly(own.by, takingAway(held));
  });
}

async function detach(own: Own, device: InGuest): Promise<void> {
  tell(own, 'detaching', device);
  await own.by.pause();
  own.kernel.detach(device);
  tell(own, 'detached', device);
}

function tell({ journal, name }: Own, kind: OnHost['kind'], { function: device, guest, token }: InGuest): void {
  journal.append({ kind, host: name, function: device, guest, token });
}

/** After a start: kernel and journal decide what became of what was begun, and the store is told. */
async function comeBack(own: Own): Promise<void> {
  const has = (device: InGuest): boolean => own.kernel.inGuests().some((each) => each.function === device.function && each.token === device.token);
  for (const device of openOnes(own.journal.read())) if (!has(device)) tell(own, 'detached', device);
  for (const device of own.kernel.inGuests()) tell(own, 'attached', device);
  for (const held of await unitsOf(own)) {
    if (held[0]?.claim.state !== 'attaching') continue;
    const devices = held.map(deviceOf);
    const whole = devices.every(has);
    if (!whole) for (const device of devices.filter(has)) await detach(own, device);
    await move(own.by, held, whole ? 'attached' : 'claimed');
  }
}

/** What was begun and has no end in the journal. */
function openOnes(journal: readonly OnHost[]): InGuest[] {
  const open = new Map<string, OnHost>();
  for (const each of journal) {
    const key = `${each.function} ${each.token}`;
    if (each.kind === 'detached') open.delete(key);
    else open.set(key, each);
  }
  return [...open.values()];
}
