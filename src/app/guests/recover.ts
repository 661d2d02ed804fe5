/** After a crash: what was to become of a guest, held against what libvirt says. */
import type { BeginRecord } from '../../driver/journal/record.ts';
import { type Ending, ending } from '../../driver/recover.ts';
import { sameState } from '../../driver/change.ts';
import { connectLibvirt } from '../../libvirt/index.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { removeFromDefinition, takeBack } from './attach.ts';
import { giveDevice, holdings, readHoldings, type Which } from './device.ts';
import { LibvirtLink } from './link.ts';
import { openGuest } from './open.ts';

/** A guest has that long to let go of what it was only half given. */
const TIMEOUT_MS = 30_000;

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
  const which = whichOf(subject);
  const guest = await openGuest(await link.get(), uuid).catch(() => undefined);
  if (guest === undefined) return ending('gone', {}, 'the guest is not there any more');
  const now = holdings(guest, which);
  // A guest that has ended meanwhile holds nothing that runs, whatever was wanted.
  const relevant = guest.live === undefined ? { config: now['config'] ?? 'no' } : now;
  if (sameState(relevant, wanted)) return ending('new', now);
  if (sameState(relevant, before)) return ending('old', now);
  const { ref } = guest;
  if (verb === 'attach') {
    await takeBack(link, guest, which, { live: before['live'] === 'no', config: before['config'] === 'no' }, { timeoutMs: TIMEOUT_MS, onProgress: undefined });
    return ending('old', await readHoldings(link, ref, which));
  }
  // The guest has let go already: the rest is only the definition.
  if (now['live'] === 'no' && wanted['config'] === 'no') {
    await removeFromDefinition(link, ref, which);
    return ending('new', await readHoldings(link, ref, which));
  }
  const xml = before['configXml'];
  if (now['config'] === 'no' && xml !== undefined && xml !== null) await giveDevice(link, ref, which, xml, { live: false, config: true });
  return ending('old', await readHoldings(link, ref, which));
}

/** `0007:00:00.0 in web`, or a MAC address there. */
function whichOf(subject: string): Which {
  const [name = ''] = subject.split(' ');
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(name) ? { mac: name } : { source: parsePciAddress(name) };
}
