/** After a crash: what was to become of a guest, held against what libvirt says. */
import type { BeginRecord, State } from '../../execute/journal/record.ts';
import { type Ending, ending } from '../../execute/recover.ts';
import { sameState } from '../../execute/change.ts';
import { connectLibvirt } from '../../libvirt/index.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { holdings, readState, removeFromDefinition, takeDevice, type Which } from './device.ts';
import { putBack, takeBack, type Texts } from './undo.ts';
import { HostdevError } from '../../errors.ts';
import { LibvirtLink } from './link.ts';
import { type OpenGuest, openGuest, unlessGone } from './open.ts';

/** A guest has that long to let go of what it was only half given. */
const TIMEOUT_MS = 30_000;
const UNDO = { timeoutMs: TIMEOUT_MS, onProgress: undefined };

/** Brings a guest to the state before or after an interrupted change; what libvirt did meanwhile counts. */
export async function settleGuest(record: BeginRecord): Promise<Ending> {
  const { uri, guest: uuid } = record.before;
  if (uri === undefined || uri === null || uuid === undefined || uuid === null) return ending('stuck', {}, 'the record does not say which guest it was');
  const link = await LibvirtLink.open(() => connectLibvirt(uri));
  try {
    return await settle(link, uuid, record);
  } finally {
    await link.close();
  }
}

async function settle(link: LibvirtLink, uuid: string, { subject, verb, before, wanted }: BeginRecord): Promise<Ending> {
  const which = whichOf(subject, before);
  const guest = await openGuest(await link.get(), uuid).catch(unlessGone);
  if (guest === undefined) return ending('gone', {}, 'the guest is not there any more');
  const now = holdings(guest, which);
  const replacement = before['replacement'];
  if (replacement !== undefined && replacement !== null) return settleSwap(link, guest, which, { source: parsePciAddress(replacement) }, before);
  // A guest that has ended meanwhile holds nothing that runs, whatever was wanted.
  const relevant = guest.live === undefined ? { config: now.config } : now;
  if (sameState(relevant, wanted)) return ending('new', now);
  const { ref } = guest;
  // The guest may have been asked already, and may let go at any time: it is asked again, and the rest is done as well.
  if (verb === 'detach' && now.live === 'yes' && wanted['live'] === 'no') {
    try {
      await takeDevice(link, ref, which, { timeoutMs: TIMEOUT_MS });
    } catch (error) {
      if (error instanceof HostdevError && error.code === 'guest-holds-on') return ending('old', now, error.message);
      throw error;
    }
    if (wanted['config'] === 'no') await removeFromDefinition(link, ref, which);
    return ending('new', await readState(link, ref, which));
  }
  if (sameState(relevant, before)) return ending('old', now);
  if (verb === 'attach') {
    const texts = textsIn(before);
    // It was being put back: that is finished.
    if (texts.live !== undefined || texts.config !== undefined) {
      await putBack(link, ref, which, texts);
      return ending('new', await readState(link, ref, which));
    }
    await takeBack(link, ref, which, { live: before['live'] === 'no', config: before['config'] === 'no' }, UNDO);
    return ending('old', await readState(link, ref, which));
  }
  // The guest has let go already: the rest is only the definition.
  if (now.live === 'no' && wanted['config'] === 'no') {
    await removeFromDefinition(link, ref, which);
    return ending('new', await readState(link, ref, which));
  }
  await putBack(link, ref, which, { live: undefined, config: textsIn(before).config });
  return ending('old', await readState(link, ref, which));
}

/** A swap is done when the new one is everywhere where the old one was; anything else goes back to the old one. */
async function settleSwap(link: LibvirtLink, guest: OpenGuest, old: Which, next: Which, before: State): Promise<Ending> {
  const { ref } = guest;
  const wanted = { live: before['live'] === 'yes' && guest.live !== undefined, config: before['config'] === 'yes' };
  const [had, has] = [holdings(guest, old), holdings(guest, next)];
  const isDone = (!wanted.live || has.live === 'yes') && (!wanted.config || has.config === 'yes') && had.live === 'no' && had.config === 'no';
  if (isDone) return ending('new', had);
  await takeBack(link, ref, next, wanted, UNDO);
  await putBack(link, ref, old, textsIn(before));
  return ending('old', await readState(link, ref, old));
}

/** Elements that the record has kept. */
function textsIn({ liveXml, configXml }: State): Texts {
  return { live: liveXml ?? undefined, config: configXml ?? undefined };
}

/** `0007:00:00.0 in web`, or a MAC address there. */
function whichOf(subject: string, { pools }: State): Which {
  const [name = ''] = subject.split(' ');
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(name)
    ? { mac: name, pools: (pools ?? '').split(' ').filter((pool) => pool !== '') }
    : { source: parsePciAddress(name) };
}
