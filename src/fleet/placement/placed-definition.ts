/** The definition that a guest would have on a host: its sources become addresses there, and nothing else changes. */
import type { Domain } from '../../domain/domain.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { pciAddressAttributes } from '../../pci/address.ts';
import { applySplices, insertChild, replaceNode, type Splice } from '../../xml/edit.ts';
import { childElement } from '../../xml/read.ts';
import { element, type XmlLine } from '../../xml/write.ts';
import type { PublishedFunction, ReservedIds } from '../model/records.ts';
import type { WantedFunction } from './wanted.ts';

/** A wish, and the function that fulfils it. */
export interface PlacedFunction {
  readonly wanted: WantedFunction;
  readonly published: PublishedFunction;
  /** On IBM Z, where the definition says none. */
  readonly ids?: PlacedIds;
}

interface PlacedIds extends ReservedIds {
  /** Whether a claim keeps them; else they are the next that are free. */
  readonly reserved: boolean;
}

/**
 * On IBM Z each function comes with its ids, where the definition says none.
 *
 * @throws {HostdevError} where what its host has published of a function can be no address.
 */
export function placedDefinition(domain: Domain, placed: readonly PlacedFunction[]): string {
  const splices = placed.flatMap(({ wanted, published, ids }) => [
    ...(wanted.by.kind === 'address' ? [] : [sourceSplice(domain, wanted, published)]),
    ...(ids === undefined ? [] : idsSplices(domain, wanted, element('zpci', { uid: ids.uid, fid: ids.fid }))),
  ]);
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

/** Whether a definition leaves the ids of a function open. */
export function lacksIds({ hostdev: { address } }: WantedFunction): boolean {
  return address === undefined || (address.type === 'pci' && address.zpciElement === undefined);
}

function idsSplices({ document }: Domain, { hostdev: { element: device, address } }: WantedFunction, ids: readonly XmlLine[]): Splice[] {
  return [address === undefined ? insertChild(document, device, element('address', { type: 'pci' }, ids)) : insertChild(document, address.element, ids)];
}
