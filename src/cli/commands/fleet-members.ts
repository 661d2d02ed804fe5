import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { whoRunsUs } from '../../app/who.ts';
import { requireRoot } from '../../app/change-options.ts';
import { readFleetConfig, removeFleetConfig, requireFleetConfig } from '../../fleet/config.ts';
import { HostdevError } from '../../errors.ts';
import { type FleetWish, initFleet, readFleet, wantsClaims } from '../../fleet/fleet-record.ts';
import { parseAllowedUsers } from '../../fleet/allowed-users.ts';
import { checkStore, initStore } from '../../fleet/init-store.ts';
import { joinFleet } from '../../fleet/join.ts';
import { leaveFleet, requireUnclaimed } from '../../fleet/leave.ts';
import { readMachineId, readMachineSerial } from '../../fleet/machine-identity.ts';
import { ensureFleetName } from '../../fleet/model/keys.ts';
import { openStore } from '../../fleet/open-store.ts';
import { formatStoreAddress, parseStoreAddress, type StoreAddress } from '../../fleet/store-address.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import type { MEMBERSHIP } from '../../json/contract/fleet-hosts.ts';
import type { Of } from '../../json/contract/shape.ts';
import { oneLine } from '../../printable.ts';
import type { PhysicalNetworks } from '../../state/physical-networks.ts';
import { answerItems } from '../answer.ts';
import type { Options } from '../command/table.ts';
import { type Io, printProblem } from '../io.ts';
import { machineContext } from '../machine.ts';
import { physicalNetworks } from '../physical-networks.ts';
import { VERSION } from '../version.ts';

type Membership = Of<typeof MEMBERSHIP>;

export async function init(io: Io, word: string, flags: Options<'fleet init'>): Promise<number> {
  const address = addressOf(word, flags);
  const signal = io.catchSignals();
  const wish = { requireClaims: flags.requireClaims, by: whoRunsUs(), now: new Date() };
  const dryRun = flags.dryRun === true;
  const allowed = flags.allow === undefined ? [] : parseAllowedUsers(flags.allow);
  const { making, steps, problems } = await initStore(address, { dryRun, allowed, signal });
  for (const problem of problems) printProblem(io, problem);
  // What is not there yet, or cannot be opened yet, cannot be looked into.
  const made =
    dryRun && making !== 'nothing'
      ? { changed: true, requireClaims: wantsClaims(undefined, wish) }
      : await withStore(address, async (store) => (dryRun ? wouldBeMade(store, wish) : make(store, wish, signal)));
  const changed = making !== 'nothing' || made.changed || steps.length > 0;
  const item: Membership = { store: formatStoreAddress(address), host: null, requireClaims: made.requireClaims, changed, functions: null, steps };
  if (flags.json !== true) for (const step of steps) io.out(`${oneLine(step)}\n`);
  const what = `the fleet at ${item.store}${item.requireClaims ? ', which wants claims' : ''}`;
  const done =
    making === 'mended'
      ? `${dryRun ? 'would mend' : 'mended'} ${what}: the file that says what its directory is had gone`
      : `${dryRun ? 'would make' : 'made'} ${what}`;
  tell(io, { name: 'fleet init', json: flags.json }, item, changed ? done : `${what} is there, as it was before`);
  return 0;
}

/** `none` takes back what was said before. */
function networksOf(text: string): PhysicalNetworks {
  return text === 'none' ? new Map() : physicalNetworks(text);
}

interface Inited {
  readonly changed: boolean;
  readonly requireClaims: boolean;
}

async function make(store: FleetStore, wish: FleetWish, signal: AbortSignal): Promise<Inited> {
  const { fleet, changed } = await initFleet(store, wish, signal);
  return { changed, requireClaims: fleet.requireClaims };
}

async function wouldBeMade(store: FleetStore, wish: Pick<FleetWish, 'requireClaims'>): Promise<Inited> {
  const before = (await readFleet(store))?.record;
  const requireClaims = wantsClaims(before, wish);
  return { changed: before?.requireClaims !== requireClaims, requireClaims };
}

export async function join(io: Io, word: string, flags: Options<'fleet join'>): Promise<number> {
  const address = addressOf(word, flags);
  const named = flags.name === undefined ? undefined : ensureFleetName(flags.name);
  const context = await machineContext(io.machine);
  const dryRun = flags.dryRun === true;
  if (!dryRun) requireRoot(context, 'fleet join');
  const signal = io.catchSignals();
  const { fleetFile, stateDirectory, libvirtUri } = io.machine;
  // Who joins again, to say other networks or certificates, means the host by the name that it has.
  const host = named ?? (await readFleetConfig(fleetFile))?.host ?? ownName();
  const networks = flags.physicalNetwork === undefined ? undefined : networksOf(flags.physicalNetwork);
  const agent = { context, host, version: VERSION, stateDirectory, by: whoRunsUs(), libvirtUri: flags.connect ?? libvirtUri, networks };
  for (const problem of await checkStore(address, signal)) printProblem(io, problem);
  return withStore(address, async (store) => {
    const { changed, round } = await joinFleet(store, { agent, address, file: fleetFile, dryRun }, signal);
    for (const problem of round?.problems ?? []) printProblem(io, problem);
    const requireClaims = (await readFleet(store))?.record.requireClaims === true;
    const item: Membership = {
      store: formatStoreAddress(address),
      host,
      requireClaims,
      changed,
      functions: round?.published.record.functions.length ?? null,
      steps: [],
    };
    const where = `a host of the fleet at ${item.store}`;
    tell(
      io,
      { name: 'fleet join', json: flags.json },
      item,
      changed ? `${host} ${dryRun ? 'would be' : 'is'} ${where}` : `${host} is ${where}, as it was before`,
    );
    if (!dryRun && changed && flags.json !== true) io.out("its agent keeps the fleet informed: systemctl enable --now hostdev-agent, or 'hostdev agent'\n");
    return 0;
  });
}

export async function leave(io: Io, flags: Options<'fleet leave'>): Promise<number> {
  const { fleetFile } = io.machine;
  const { host, store: address } = await requireFleetConfig(fleetFile);
  const context = await machineContext(io.machine);
  const dryRun = flags.dryRun === true;
  if (!dryRun) requireRoot(context, 'fleet leave');
  const signal = io.catchSignals();
  return withStore(address, async (store) => {
    const requireClaims = (await readFleet(store, signal))?.record.requireClaims === true;
    if (host !== null) {
      const identity = { host, serial: await readMachineSerial(context.port) };
      if (dryRun) await requireUnclaimed(store, identity, signal);
      else await leaveFleet(store, identity, await readMachineId(context.port), signal);
    }
    if (!dryRun) await removeFleetConfig(fleetFile);
    const item: Membership = { store: formatStoreAddress(address), host, requireClaims, changed: true, functions: null, steps: [] };
    tell(io, { name: 'fleet leave', json: flags.json }, item, `${host ?? 'this machine'} ${dryRun ? 'would leave' : 'has left'} the fleet at ${item.store}`);
    return 0;
  });
}

/** Files are written down as they are found from anywhere. */
function addressOf(word: string, { ca, cert, key }: Pick<Options<'fleet init'>, 'ca' | 'cert' | 'key'>): StoreAddress {
  const absolute = (file: string | undefined): string | undefined => (file === undefined ? undefined : resolve(file));
  return parseStoreAddress(word, { ca: absolute(ca), cert: absolute(cert), key: absolute(key) });
}

function ownName(): string {
  try {
    return ensureFleetName(hostname().split('.', 1)[0]?.toLowerCase() ?? '');
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    throw new HostdevError('usage', `the host name of this machine is no name for a fleet: ${error.message}`, { hint: 'name it with --name' });
  }
}

async function withStore<T>(address: StoreAddress, act: (store: FleetStore) => Promise<T>): Promise<T> {
  const store = await openStore(address);
  try {
    return await act(store);
  } finally {
    await store.close();
  }
}

interface Asked {
  readonly name: 'fleet init' | 'fleet join' | 'fleet leave';
  readonly json: boolean | undefined;
}

function tell(io: Io, { name, json }: Asked, item: Membership, line: string): void {
  if (json === true) answerItems(io, name, [item]);
  else io.out(`${oneLine(line)}\n`);
}
