/** `hostdev swap GUEST OLD NEW`: another function at the same place in the guest, with the same uid and fid. */
import { readDomain } from '../../domain/domain.ts';
import { findHostdev } from '../../domain/edit.ts';
import { HostdevError } from '../../errors.ts';
import type { Affect } from '../../libvirt/index.ts';
import { formatPciAddress, type PciAddress, pciAddressAttributes, samePciAddress } from '../../pci/address.ts';
import { applySplices, setAttribute } from '../../xml/edit.ts';
import { parseXml } from '../../xml/parse.ts';
import { descend } from '../../xml/read.ts';
import { refuseInDefinition } from '../assignable.ts';
import type { AppContext } from '../context.ts';
import { type GuestChangeOptions, sourcesOf } from './attach.ts';
import { type Recorded, withGuestLog } from './change-log.ts';
import { deviceText, findDevice, giveDevice, type Holdings, holdings, readState, removeFromDefinition, takeDevice } from './device.ts';
import { orBack, putBack, takeBack, type Texts, undoOptions } from './undo.ts';
import { giveBackAfter } from './give-back.ts';
import { type HostFunction, mustBePrepared, notPrepared, requireGivable, requireRemote } from './host-side.ts';
import type { LibvirtLink } from './link.ts';
import { type OpenGuest, openGuest, requireSame, requireSameRun } from './open.ts';
import { type GuestPlan, type GuestReport, placeOf, requireAgreement, scopeWords } from './plan.ts';

/** The function that goes and the one that comes. */
interface Exchange {
  readonly old: PciAddress;
  readonly next: PciAddress;
}

interface SwapPlan {
  readonly guest: OpenGuest;
  /** Where the guest has the old one. */
  readonly held: Holdings;
  readonly affect: Required<Affect>;
  /** Its elements there, byte for byte. */
  readonly texts: Texts;
  /** The new one as the host has it; undefined when only the definition changes. */
  readonly comes: HostFunction | undefined;
  readonly shown: GuestPlan;
}

/**
 * Replaces a function by another one wherever the guest has it. When the new one cannot be given, the old one is given back.
 *
 * @throws {HostdevError} `hostdev-absent`, `hostdev-present`, `guest-holds-on`, and what keeps the new one from being given.
 */
export async function swapInGuest(
  context: AppContext,
  link: LibvirtLink,
  word: string,
  old: PciAddress,
  next: PciAddress,
  options: GuestChangeOptions,
): Promise<GuestReport> {
  const exchange = { old, next };
  if (samePciAddress(old, next)) {
    const name = formatPciAddress(old);
    throw new HostdevError('address-twice', `${name} is named twice`, { subject: name, hint: 'name the one that goes, then the one that comes' });
  }
  const plan = (guest: string): Promise<SwapPlan> => planSwap(context, link, guest, exchange, options);
  const first = await plan(word);
  if (options.dryRun) return { ...first.shown, applied: false };
  await requireAgreement(first.shown, options.agree);
  let given: readonly HostFunction[] = [];
  return withGuestLog(context, link, options, async (recorded) => {
    const now = await plan(first.guest.ref.uuid);
    (options.agree === undefined ? requireSameRun : requireSame)(first.guest, now.guest);
    // From here on libvirt takes it.
    if (link.isLocal && now.comes !== undefined) given = [now.comes];
    await carryOut(link, now, exchange, recorded, options);
    return { ...now.shown, applied: true };
  }).catch((error: unknown) => giveBackAfter(error, context, [], given, options));
}

async function planSwap(context: AppContext, link: LibvirtLink, word: string, { old, next }: Exchange, options: GuestChangeOptions): Promise<SwapPlan> {
  const guest = await openGuest(await link.get(options.signal), word);
  const [oldName, newName] = [formatPciAddress(old), formatPciAddress(next)];
  const held = holdings(guest, { source: old });
  const affect = { live: held.live === 'yes', config: held.config === 'yes' };
  if (!affect.live && !affect.config)
    throw new HostdevError('hostdev-absent', `${guest.ref.name} does not have ${oldName}`, { subject: oldName, hint: "'hostdev guests' shows what it has" });
  for (const xml of [guest.live, guest.config]) {
    if (xml !== undefined && findHostdev(readDomain(xml), next) !== undefined)
      throw new HostdevError('hostdev-present', `${guest.ref.name} has ${newName} already`, { subject: newName, hint: 'name another one' });
  }
  const comes = affect.live ? await requireNext(context, link, guest, { old, next }, options) : undefined;
  if (comes === undefined && link.isLocal) {
    const present = sourcesOf(guest.config).filter((source) => !samePciAddress(source, old));
    await refuseInDefinition(context, { added: [next], present }, options);
  }
  const texts = { live: deviceText(guest.live, { source: old }), config: deviceText(guest.config, { source: old }) };
  return { guest, held, affect, texts, comes, shown: show(guest, affect, old, next) };
}

/** Whether the new one can be given at all: told before the old one goes. */
async function requireNext(
  context: AppContext,
  link: LibvirtLink,
  guest: OpenGuest,
  { old, next }: Exchange,
  options: GuestChangeOptions,
): Promise<HostFunction | undefined> {
  const managed = [guest.live, guest.config].every((xml) => findDevice(xml, { source: old })?.managed !== false);
  const [found] = link.isLocal ? await requireGivable(context, [next], options) : await requireRemote(await link.get(), [next], options.force, () => managed);
  if (found === undefined || !mustBePrepared(found, managed)) return found;
  throw notPrepared(found, `, and ${formatPciAddress(old)} is one that libvirt does not take itself`);
}

async function carryOut(
  link: LibvirtLink,
  { guest, held, affect, texts }: SwapPlan,
  { old, next }: Exchange,
  recorded: Recorded,
  options: GuestChangeOptions,
): Promise<void> {
  const [goes, comes] = [{ source: old }, { source: next }];
  const exchange = async (): Promise<void> => {
    // The definition first: it is quickly undone, the guest that runs is not.
    if (texts.config !== undefined) {
      await removeFromDefinition(link, guest.ref, goes);
      await giveDevice(link, guest.ref, comes, withSource(texts.config, next), { live: false, config: true });
    }
    if (texts.live !== undefined) {
      await takeDevice(link, guest.ref, goes, options);
      await giveDevice(link, guest.ref, comes, withSource(texts.live, next), { live: true, config: false }, options.signal);
    }
  };
  const back = async (): Promise<void> => {
    await takeBack(link, guest.ref, comes, affect, undoOptions(options));
    await putBack(link, guest.ref, goes, texts);
  };
  const before = {
    ...held,
    uri: link.uri,
    guest: guest.ref.uuid,
    replacement: formatPciAddress(next),
    configXml: texts.config ?? null,
    liveXml: texts.live ?? null,
  };
  const wanted = { live: 'no', config: 'no' };
  await recorded(
    'detach',
    { subject: `${formatPciAddress(old)} in ${guest.ref.name}`, before, wanted },
    () => orBack(exchange, back).then(() => wanted),
    () => readState(link, guest.ref, goes),
  );
}

function show(guest: OpenGuest, affect: Required<Affect>, old: PciAddress, next: PciAddress): GuestPlan {
  const at = findDevice(affect.live ? guest.live : guest.config, { source: old })?.address;
  const [oldName, newName] = [formatPciAddress(old), formatPciAddress(next)];
  return {
    verb: 'swap',
    guest: guest.ref.name,
    uuid: guest.ref.uuid,
    state: guest.state,
    functions: [{ address: newName, ...placeOf(at), ...affect }],
    steps: [
      { on: affect.live ? 'guest' : 'definition', what: `${oldName}: detach from ${scopeWords(affect)}`, undo: `${oldName}: attach again` },
      { on: affect.live ? 'guest' : 'definition', what: `${newName}: attach at the same place, with the same ids`, undo: `${newName}: detach` },
    ],
    notes: [],
  };
}

/** The element with another function as its source; nothing else changes. */
function withSource(text: string, source: PciAddress): string {
  const document = parseXml(text);
  const address = descend(document.root, 'source', 'address');
  if (address === undefined)
    throw new HostdevError('source-invalid', 'the device does not say which function it is', { hint: 'detach it and attach the other one' });
  return applySplices(
    text,
    pciAddressAttributes(source).map(([name, value]) => setAttribute(address, name, value)),
  );
}
