/** Ids of IBM Z that a definition says. */
import type { ZpciIdSets } from '../pci/zpci.ts';
import type { Domain } from './domain.ts';
import { attribute, childElement, childElements } from '../xml/read.ts';

/** Of all its devices; what libvirt would give those that say none is not among them. */
export function zpciIdsOf({ devices }: Pick<Domain, 'devices'>): ZpciIdSets {
  const ids = { uid: new Set<number>(), fid: new Set<number>() };
  for (const device of devices === undefined ? [] : childElements(devices)) {
    const address = childElement(device, 'address');
    const zpci = address === undefined ? undefined : childElement(address, 'zpci');
    for (const kind of ['uid', 'fid'] as const) {
      const written = attribute(zpci, kind);
      if (written !== undefined) ids[kind].add(Number(written));
    }
  }
  return ids;
}
