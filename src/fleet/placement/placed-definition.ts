/** The definition that a guest would have on a host: its sources become addresses there, and nothing else changes. */
import type { Domain } from '../../domain/domain.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { pciAddressAttributes } from '../../pci/address.ts';
import { formatFid, formatUid } from '../../pci/zpci.ts';
import { parseFid, parseUid } from '../../pci/zpci-id.ts';
import { applySplices, insertChild, replaceNode, type Splice } from '../../xml/edit.ts';
import { attribute, childElement, childElements } from '../../xml/read.ts';
import type { XmlElement } from '../../xml/tree.ts';
import { element, type XmlLine } from '../../xml/write.ts';
import type { PublishedFunction } from '../model/records.ts';
import type { WantedFunction } from './wanted.ts';

/** A wish, and the function that fulfils it. */
export interface PlacedFunction {
  readonly wanted: WantedFunction;
  readonly published: PublishedFunction;
}

/**
 * `zpci`: the guest is one of IBM Z. There it gets the ids that its function has on the machine where the definition says none: fids are unique on a
 * machine and a function is given once, so no two guests of the machine have one fid, and nobody has to keep a list.
 *
 * @throws {HostdevError} where what its host has published of a function can be no address or id.
 */
export function placedDefinition(domain: Domain, placed: readonly PlacedFunction[], { zpci }: { readonly zpci: boolean }): string {
  const taken = takenIds(domain);
  const splices = placed.flatMap(({ wanted, published }) => {
    if (wanted.by.kind === 'address') return [];
    return [sourceSplice(domain, wanted, published), ...(zpci ? idsSplices(domain, wanted, idsOf(published, taken)) : [])];
  });
  return applySplices(domain.document.source, splices);
}

function sourceSplice({ document }: Domain, { hostdev }: WantedFunction, { address }: PublishedFunction): Splice {
  const source = childElement(hostdev.element, 'source');
  const numbers = Object.fromEntries(pciAddressAttributes(parsePciAddress(address)));
  const type = hostdev.form === 'interface' ? { type: 'pci' } : {};
  const kept = Object.fromEntries((source?.attributes ?? []).flatMap(({ name, value }) => (name === 'mapping' || name === 'match' ? [] : [[name, value]])));
  const lines = element('source', kept, element('address', { ...type, ...numbers }));
  return source === undefined ? insertChild(document, hostdev.element, lines) : replaceNode(document, source, lines);
}

interface TakenIds {
  readonly uid: Set<number>;
  readonly fid: Set<number>;
}

function takenIds({ devices }: Domain): TakenIds {
  const taken: TakenIds = { uid: new Set(), fid: new Set() };
  for (const device of devices === undefined ? [] : childElements(devices)) {
    const zpci = zpciOf(device);
    for (const id of ['uid', 'fid'] as const) {
      const written = attribute(zpci, id);
      if (written !== undefined) taken[id].add(Number(written));
    }
  }
  return taken;
}

function zpciOf(device: XmlElement): XmlElement | undefined {
  const address = childElement(device, 'address');
  return address === undefined ? undefined : childElement(address, 'zpci');
}

/** Those of the function that no other device of the guest has; libvirt chooses what is left out. */
function idsOf({ uid, fid }: PublishedFunction, taken: TakenIds): readonly XmlLine[] {
  const unlessTaken = (id: number | undefined, ids: Set<number>): number | undefined => {
    if (id === undefined || ids.has(id)) return undefined;
    ids.add(id);
    return id;
  };
  const [freeUid, freeFid] = [
    unlessTaken(uid === null ? undefined : parseUid(uid), taken.uid),
    unlessTaken(fid === null ? undefined : parseFid(fid), taken.fid),
  ];
  const ids = { uid: freeUid === undefined ? undefined : formatUid(freeUid), fid: freeFid === undefined ? undefined : formatFid(freeFid) };
  return ids.uid === undefined && ids.fid === undefined ? [] : element('zpci', ids);
}

function idsSplices({ document }: Domain, { hostdev }: WantedFunction, ids: readonly XmlLine[]): Splice[] {
  const { address } = hostdev;
  if (ids.length === 0 || (address !== undefined && (address.type !== 'pci' || address.zpciElement !== undefined))) return [];
  return [
    address === undefined ? insertChild(document, hostdev.element, element('address', { type: 'pci' }, ids)) : insertChild(document, address.element, ids),
  ];
}
