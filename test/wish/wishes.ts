/** Random wishes, and machines on which a step fails or a process is killed. */
import { cpSync } from 'node:fs';
import fc from 'fast-check';
import { type ApplyOptions, type ApplyReport, applyWish } from '../../src/app/wish/apply-wish.ts';
import { LibvirtLink } from '../../src/guest/libvirt/link.ts';
import type { HostPort } from '../../src/host/port.ts';
import { connectLibvirt, type Libvirt } from '../../src/libvirt/index.ts';
import type { FakeFunction } from '../../src/testing/fake-kernel.ts';
import { readOne } from '../../src/wish-files/read-texts.ts';
import type { DesiredState } from '../../src/wish/wish.ts';
import { context, fake, port, stateDirectory } from '../guests.ts';
import { sysfsOfFunctions } from '../sysfs-of-functions.ts';

export const FUNCTIONS: readonly FakeFunction[] = [
  { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true },
  { address: '0008:00:00.0', driver: 'xhci_hcd', iommuGroup: 2, express: true },
  { address: '0000:02:00.0', driver: 'igb', iommuGroup: 7, netdev: 'eno1', sriov: { total: 4, driver: 'igbvf' } },
  { address: '0031:00:00.0', driver: 'nvme', iommuGroup: 8, fid: 0x41 },
];

/** A wish as its file says it, which is JSON: a part of YAML. */
export type WishText = Readonly<Record<string, unknown>>;

export function wishOf(text: WishText | string): DesiredState {
  const read = readOne({ name: 'wish.yaml', text: typeof text === 'string' ? `formatVersion: 1\n${text}` : JSON.stringify({ formatVersion: 1, ...text }) });
  if ('slots' in read) return read;
  throw new Error(read.map(({ message }) => message).join('; '));
}

export function applyOn(on: HostPort, link: LibvirtLink, wish: DesiredState, more: Partial<ApplyOptions> = {}): Promise<ApplyReport> {
  const options: ApplyOptions = {
    dryRun: false,
    force: false,
    timeoutMs: 2000,
    leastWaitMs: 100,
    prune: false,
    stateDirectory,
    link: async () => link,
    ...more,
  };
  return applyWish({ ...context(), port: on as typeof port }, wish, options);
}

const flag = fc.constantFrom(undefined, true, false);
const defined = (fields: WishText): WishText => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
const PF = '0000:02:00.0';

const settings = fc
  .record({ index: fc.nat({ max: 1 }), vlan: fc.constantFrom(undefined, 0, 7), trust: flag, mac: fc.constantFrom(undefined, '52:54:00:6d:90:02') })
  .map(defined);
const vfs = fc
  .record({
    physicalFunction: fc.constant(PF),
    numVfs: fc.integer({ min: 0, max: 3 }),
    hostDrivers: flag,
    persist: flag,
    settings: fc.array(settings, { maxLength: 1 }),
  })
  .map(defined);
const prepared = (address: string) => fc.record({ function: fc.constant(address), persist: flag }).map(defined);
const hostdev = (name: unknown) => fc.record({ function: fc.constant(name), scope: fc.constantFrom(undefined, 'config', 'live') }).map(defined);
const ofPool = fc
  .record({
    network: fc.constant('fast'),
    mac: fc.constant('52:54:00:6d:90:03'),
    vlan: fc.constantFrom(undefined, 7),
    scope: fc.constantFrom(undefined, 'config'),
  })
  .map(defined);
const some = <T>(...each: readonly fc.Arbitrary<T>[]) =>
  fc.tuple(...each.map((one) => fc.option(one, { nil: undefined }))).map((all) => all.filter((one) => one !== undefined));

/** Some contradict themselves, or the host: those change nothing. */
export const anyWish: fc.Arbitrary<WishText> = fc
  .record({
    slots: some(fc.record({ fid: fc.constant('0x41'), state: fc.constantFrom('standby', 'configured') })),
    virtualFunctions: some(vfs),
    functions: some(prepared('0007:00:00.0'), prepared('0008:00:00.0')),
    pools: some(fc.constant({ network: 'fast', functions: [PF] })),
    guests: some(
      fc
        .tuple(some<WishText>(hostdev('0007:00:00.0'), hostdev('0008:00:00.0'), hostdev({ physicalFunction: PF, index: 0 })), some<WishText>(ofPool))
        .map(([hostdevs, interfaces]) => ({ guest: 'web', hostdevs, interfaces })),
    ),
  })
  .map((wish) => wish);

/** What happens at the n-th thing that changes something: a write, a file, a program, a call to libvirt. */
export interface Fate {
  readonly at: number;
  /** `fails`: it is refused, and the next ones are not; `killed before`, `killed behind`: nothing of the process happens any more. */
  readonly how: 'fails' | 'killed before' | 'killed behind';
}

export interface Mortal {
  readonly port: HostPort;
  readonly link: LibvirtLink;
  /** How many things were changed. */
  readonly count: () => number;
  /** The state directory as the process that is killed leaves it; where it is not killed, there is none. */
  readonly killed: Promise<string>;
  /** Lets what hangs of it end, which changes nothing any more. */
  readonly bury: () => void;
}

const CALLS: ReadonlySet<string> = new Set([
  'attachDevice',
  'detachDevice',
  'detachDeviceAlias',
  'defineNetwork',
  'setNetworkAutostart',
  'startNetwork',
  'stopNetwork',
  'undefineNetwork',
]);

/** The machine and its libvirt as a process with such a fate sees them. */
export async function mortal({ at, how }: Fate): Promise<Mortal> {
  let count = 0;
  let isDead = false;
  let leave: (directory: string) => void = () => undefined;
  const killed = new Promise<string>((resolve) => {
    leave = resolve;
  });
  /** Nothing happens any more: what was begun is never heard of again, and its journal is as it is now. */
  const die = <T>(): Promise<T> => {
    if (!isDead) {
      const left = `${stateDirectory}-left`;
      cpSync(stateDirectory, left, { recursive: true });
      leave(left);
    }
    isDead = true;
    return new Promise<T>((_, reject) => void hanging.push(() => reject(new Error('killed'))));
  };
  const hanging: (() => void)[] = [];
  const bury = (): void => {
    hanging.push = (end) => (end(), 0);
    for (const end of hanging) end();
  };
  const changing = async <T>(act: () => Promise<T>): Promise<T> => {
    if (isDead) return die();
    count += 1;
    if (count === at && how === 'fails') throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    if (count === at && how === 'killed before') return die();
    const done = await act();
    return count === at && how === 'killed behind' ? die() : done;
  };
  const alive = async <T>(act: () => Promise<T>): Promise<T> => (isDead ? die() : act());
  const dying: HostPort = {
    ...port,
    read: (...args) => alive(() => port.read(...args)),
    list: (...args) => alive(() => port.list(...args)),
    readlink: (...args) => alive(() => port.readlink(...args)),
    attributes: (...args) => alive(() => port.attributes(...args)),
    write: (...args) => changing(() => port.write(...args)),
    replaceFile: (...args) => changing(() => port.replaceFile(...args)),
    // Asking is no change.
    run: (program, args) => (args.includes('show') ? alive(() => port.run(program, args)) : changing(() => port.run(program, args))),
  };
  const watched = (libvirt: Libvirt): Libvirt =>
    new Proxy(libvirt, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function' || key === 'close') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        const method = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
        if (typeof key === 'string' && CALLS.has(key)) return (...args: unknown[]) => changing(() => method(...args));
        return method;
      },
    });
  const link = await LibvirtLink.open(async () => watched(await connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`)));
  return { port: dying, link, count: () => count, killed, bury };
}

/** The state directory that a process leaves that is killed while it applies a wish; undefined where it ended before. */
export async function killedIn(dying: Awaited<ReturnType<typeof mortal>>, wish: DesiredState): Promise<string | undefined> {
  const ended = applyOn(dying.port, dying.link, wish).then(
    () => undefined,
    () => undefined,
  );
  const left = await Promise.race([dying.killed, ended]);
  dying.bury();
  await ended;
  await dying.link.close();
  return left;
}

/** Everything that can be seen of the machine and its guests. */
export async function everything(): Promise<Record<string, string | undefined>> {
  const seen = await sysfsOfFunctions(port);
  for (const [path, text] of port.files) seen[path] = text;
  for (const { name, live, config } of fake.qemu.guests.values()) Object.assign(seen, { [`live ${name}`]: live, [`config ${name}`]: config });
  for (const [name, network] of fake.qemu.networks) seen[`network ${name}`] = JSON.stringify(network);
  seen['settings'] = await port.run('ip', ['-j', '-d', 'link', 'show', 'dev', 'eno1']).catch(() => undefined);
  return seen;
}
