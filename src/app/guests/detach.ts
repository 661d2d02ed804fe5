/** `hostdev detach GUEST`: functions back from a guest of libvirt. */
import { HostdevError } from '../../errors.ts';
import type { Affect } from '../../libvirt/index.ts';
import type { AppContext } from '../context.ts';
import type { State } from '../../execute/journal/record.ts';
import type { GuestChangeOptions } from './attach.ts';
import { type Recorded, withGuestLog } from './change-log.ts';
import { deviceText, findDevice, holdings, poolsFact, readState, removeFromDefinition, takeDevice, type Which, whichName } from './device.ts';
import { orBack, putBack, type Texts, undoAll } from './undo.ts';
import type { LibvirtLink } from './link.ts';
import { affectOf, type OpenGuest, openGuest, requireSame, requireSameRun } from './open.ts';
import { functionsIn } from './places.ts';
import { type GuestPlan, type GuestReport, type GuestStep, placeOf, requireAgreement, scopeWords } from './plan.ts';

interface DetachPlan {
  readonly guest: OpenGuest;
  readonly devices: readonly TakenDevice[];
  readonly shown: GuestPlan;
}

interface TakenDevice {
  readonly which: Which;
  /** Its element where it goes from, to put it back with should another one stay: not every device is in both. */
  readonly liveXml: string | undefined;
  readonly configXml: string | undefined;
}

/**
 * Takes functions from a guest: all of them or none. The guest that runs has to let go first; its definition is changed after that.
 *
 * @throws {HostdevError} `hostdev-absent`, `guest-holds-on`, ….
 */
export async function detachFromGuest(
  context: AppContext,
  link: LibvirtLink,
  word: string,
  which: readonly Which[],
  options: GuestChangeOptions,
): Promise<GuestReport> {
  const plan = async (guest: string): Promise<DetachPlan> => planDetach(await openGuest(await link.get(options.signal), guest), which, options);
  const first = await plan(word);
  if (options.dryRun) return { ...first.shown, applied: false };
  await requireAgreement(first.shown, options.agree);
  return withGuestLog(context, link, options, async (recorded) => {
    const now = await plan(first.guest.ref.uuid);
    (options.agree === undefined ? requireSameRun : requireSame)(first.guest, now.guest);
    await takeAll(link, now, recorded, options);
    return { ...now.shown, applied: true };
  });
}

function planDetach(guest: OpenGuest, which: readonly Which[], { scope }: GuestChangeOptions): DetachPlan {
  const affect = affectOf(guest, scope);
  const devices = which.map((each) => planDevice(guest, each, affect));
  const steps = devices.flatMap(({ which: each, liveXml, configXml }): GuestStep[] => {
    const name = whichName(each);
    const managed = /managed=['"]yes/.test(liveXml ?? '');
    return [
      ...(liveXml !== undefined ? [{ on: 'guest' as const, what: `${name}: wait until the guest has let go`, undo: `${name}: attach again` }] : []),
      ...(managed ? [{ on: 'host' as const, what: `${name}: vfio-pci → its host driver, by libvirt`, undo: null }] : []),
      ...(configXml !== undefined ? [{ on: 'definition' as const, what: `${name}: take out of the definition`, undo: `${name}: put in again` }] : []),
    ];
  });
  const functions = devices.map(({ which: each, liveXml, configXml }) => ({
    address: whichName(each),
    ...placeOf(findDevice(liveXml === undefined ? guest.config : guest.live, each)?.address),
    live: liveXml !== undefined,
    config: configXml !== undefined,
  }));
  const shown: GuestPlan = { verb: 'detach', guest: guest.ref.name, uuid: guest.ref.uuid, state: guest.state, functions, steps, notes: [] };
  return { guest, devices, shown };
}

function planDevice({ ref, live, config }: OpenGuest, which: Which, affect: Required<Affect>): TakenDevice {
  const liveXml = affect.live ? deviceText(live, which) : undefined;
  const configXml = affect.config ? deviceText(config, which) : undefined;
  if (liveXml === undefined && configXml === undefined) {
    const has = [...new Set([...(affect.live ? functionsIn(live) : []), ...(affect.config ? functionsIn(config) : [])])];
    throw new HostdevError('hostdev-absent', `${ref.name} does not have ${whichName(which)} in ${scopeWords(affect)}`, {
      subject: whichName(which),
      hint: has.length === 0 ? 'it has no PCI function of the host' : `it has ${has.join(', ')}`,
    });
  }
  return { which, liveXml, configXml };
}

async function takeAll(link: LibvirtLink, { guest, devices }: DetachPlan, recorded: Recorded, options: GuestChangeOptions): Promise<void> {
  const undo: (() => Promise<unknown>)[] = [];
  await orBack(
    async () => {
      for (const device of devices) {
        const { which, liveXml, configXml } = device;
        if (options.signal?.aborted === true) throw new HostdevError('interrupted', 'interrupted; nothing was detached');
        const held = holdings(guest, which);
        const before = {
          ...held,
          uri: link.uri,
          guest: guest.ref.uuid,
          ...poolsFact(which),
          liveXml: textsOf(device).live ?? null,
          configXml: configXml ?? null,
        };
        const wanted = { live: liveXml === undefined ? held.live : 'no', config: configXml === undefined ? held.config : 'no' };
        const now = (): Promise<State> => readState(link, guest.ref, which);
        const back = (): Promise<void> => putBack(link, guest.ref, which, textsOf(device));
        const change = { subject: `${whichName(which)} in ${guest.ref.name}`, before, wanted };
        await recorded('detach', change, () => takeOne(link, guest, device, options).then(() => wanted), now);
        undo.push(() => recorded('attach', { ...change, before: { ...before, ...wanted }, wanted: before }, () => back().then(() => before), now));
      }
    },
    () => undoAll(undo),
  );
}

/**
 * What puts a device back. A function from a pool is shown in the guest that runs without a word of the pool: there it comes from the
 * definition's element, so that the pool counts it again.
 */
function textsOf({ liveXml, configXml }: TakenDevice): Texts {
  return { live: liveXml !== undefined && configXml?.includes("type='network'") === true ? configXml : liveXml, config: configXml };
}

async function takeOne(link: LibvirtLink, guest: OpenGuest, device: TakenDevice, options: GuestChangeOptions): Promise<void> {
  if (device.liveXml !== undefined) await takeDevice(link, guest.ref, device.which, options);
  await orBack(
    async () => {
      if (device.configXml !== undefined) await removeFromDefinition(link, guest.ref, device.which);
    },
    () => putBack(link, guest.ref, device.which, textsOf(device)),
  );
}
