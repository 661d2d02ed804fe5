/** Writing the outcome into the user's XML: only what was decided, nothing else. */
import { parseNumber } from '../pci/number.ts';
import { formatFid, formatUid } from '../pci/zpci.ts';
import { applySplices, insertChild, removeNode, replaceNode, setAttribute, type Splice } from '../xml/edit.ts';
import { attribute, childElement } from '../xml/read.ts';
import type { XmlDocument, XmlElement } from '../xml/tree.ts';
import { element, type XmlLine } from '../xml/write.ts';
import { type Controller, type Device, isController, isPresent, type Place } from './guest/device.ts';
import { type Guest, visitAll } from './guest/guest.ts';

/** The definition with every address, controller and id written in. */
export function writePlacements(guest: Guest): string {
  const { document } = guest.domain;
  const splices: Splice[] = [];
  const added: XmlLine[][] = [];
  const done = new Set<Place>();
  for (const device of visitAll(guest)) {
    if (done.has(device.place)) continue;
    done.add(device.place);
    if (device.element === undefined) {
      if (isPresent(device.place) || (isController(device) && device.type === 'pci')) added.push(newElement(device));
    } else splices.push(...editElement(document, device, device.element));
  }
  if (added.length > 0) splices.push(insertAdded(guest, added));
  return applySplices(document.source, splices);
}

function insertAdded(guest: Guest, added: readonly XmlLine[][]): Splice {
  const { domain } = guest;
  const lines = added.flat();
  if (domain.devices === undefined) return insertChild(domain.document, domain.document.root, element('devices', {}, lines));
  return insertChild(domain.document, domain.devices, lines);
}

/** All lines of a device that is not in the definition. */
function newElement(device: Device): XmlLine[] {
  const address = isPresent(device.place) ? addressElement(device.place) : [];
  if (isController(device)) {
    const { type, index, model } = device;
    return element('controller', { type, index, model }, [...(type === 'pci' ? settingsElements(device) : masterElement(device.master)), ...address]);
  }
  if (device.kind === 'video') return element('video', {}, [...element('model', { type: device.model }), ...address]);
  return element(device.kind, { model: device.model }, address);
}

function masterElement(startport: number | undefined): XmlLine[] {
  return startport === undefined ? [] : element('master', { startport });
}

function settingsElements(controller: Controller): XmlLine[] {
  const { modelName } = controller.settings;
  const target = targetAttributes(controller);
  return [
    ...(modelName === undefined ? [] : element('model', { name: modelName })),
    ...(target.length === 0 ? [] : element('target', Object.fromEntries(target))),
  ];
}

function targetAttributes({ settings }: Controller): [string, string][] {
  const found: [string, string][] = [];
  if (settings.chassisNr !== undefined) found.push(['chassisNr', String(settings.chassisNr)]);
  if (settings.chassis !== undefined) found.push(['chassis', String(settings.chassis)]);
  if (settings.port !== undefined) found.push(['port', `0x${settings.port.toString(16)}`]);
  if (settings.busNr !== undefined) found.push(['busNr', String(settings.busNr)]);
  if (settings.index !== undefined) found.push(['index', String(settings.index)]);
  return found;
}

function addressElement(place: Place): XmlLine[] {
  const numbers = { domain: hex(place.domain, 4), bus: hex(place.bus, 2), slot: hex(place.slot, 2), function: hex(place.function, 1) };
  return element('address', { type: 'pci', ...numbers, multifunction: place.multifunction }, zpciElement(place));
}

function zpciElement({ uid, fid }: Place): XmlLine[] {
  if (uid === undefined && fid === undefined) return [];
  return element('zpci', { uid: uid === undefined ? undefined : formatUid(uid), fid: fid === undefined ? undefined : formatFid(fid) });
}

function editElement(document: XmlDocument, device: Device, target: XmlElement): Splice[] {
  const splices: Splice[] = [];
  const lines: XmlLine[] = [];
  if (isController(device)) {
    const openTag = controllerAttributes(device, target);
    splices.push(...openTag);
    if (device.type === 'pci') lines.push(...editSettings(splices, device, target));
    if (device.master !== undefined && childElement(target, 'master') === undefined) lines.push(...masterElement(device.master));
  } else if ((device.kind === 'panic' || device.kind === 'vsock') && device.model !== undefined && isPresent(device.place)) {
    if (attribute(target, 'model') === undefined) splices.push(setAttribute(target, 'model', device.model));
  } else if (device.kind === 'video' && device.model !== undefined) {
    const model = childElement(target, 'model');
    if (model === undefined) lines.push(...element('model', { type: device.model }));
    else if (attribute(model, 'type') !== device.model) splices.push(setAttribute(model, 'type', device.model));
  }
  if (isPresent(device.place) || hasUnplacedIds(device.place)) lines.push(...editAddress(document, splices, device, target));
  else splices.push(...editRegister(document, device.place, target), ...dropAddress(document, device, target));
  if (lines.length > 0) splices.push(insertChild(document, target, lines));
  return splices;
}

function controllerAttributes(controller: Controller, target: XmlElement): Splice[] {
  const found: Splice[] = [];
  if (attribute(target, 'index') === undefined) found.push(setAttribute(target, 'index', String(controller.index)));
  const { model } = controller;
  if (model !== undefined && attribute(target, 'model') !== model && (isPresent(controller.place) || controller.type === 'usb')) {
    found.push(setAttribute(target, 'model', model));
  }
  return found;
}

/** Sets what is missing in `<model>` and `<target>` that are there; returns the lines of those that are not. */
function editSettings(splices: Splice[], controller: Controller, target: XmlElement): XmlLine[] {
  const lines: XmlLine[] = [];
  const { modelName } = controller.settings;
  const modelElement = childElement(target, 'model');
  if (modelName !== undefined && modelElement === undefined) lines.push(...element('model', { name: modelName }));
  else if (modelName !== undefined && modelElement !== undefined && attribute(modelElement, 'name') === undefined) {
    splices.push(setAttribute(modelElement, 'name', modelName));
  }
  const targetElement = childElement(target, 'target');
  const missing = targetAttributes(controller).filter(([name]) => attribute(targetElement, name) === undefined);
  if (missing.length === 0) return lines;
  if (targetElement === undefined) lines.push(...element('target', Object.fromEntries(missing)));
  else splices.push(...missing.map(([name, value]) => setAttribute(targetElement, name, value)));
  return lines;
}

/** A device that is no PCI device, asked to be one on IBM Z: libvirt gives it ids and no place. */
function hasUnplacedIds({ type, uid }: Place): boolean {
  return type === 'pci' && uid !== undefined;
}

/** The address of a USB controller that turned out to be none. */
function dropAddress(document: XmlDocument, device: Device, target: XmlElement): Splice[] {
  const address = childElement(target, 'address');
  if (device.kind !== 'controller' || device.model !== 'none' || address === undefined || attribute(target, 'model') === 'none') return [];
  return [removeNode(document, address)];
}

/** An address of type pci that libvirt takes for one of spapr-vio. */
function editRegister(document: XmlDocument, { type, register }: Place, target: XmlElement): Splice[] {
  const address = childElement(target, 'address');
  if (type !== 'spapr-vio' || register === undefined || address === undefined || attribute(address, 'type') !== 'pci') return [];
  return [replaceNode(document, address, element('address', { type, reg: hex(register, 8) }))];
}

/** Completes an `<address>` that is there; returns the lines of a new one where there is none. */
function editAddress(document: XmlDocument, splices: Splice[], device: Device, target: XmlElement): XmlLine[] {
  const { place } = device;
  const address = childElement(target, 'address');
  if (address === undefined) return addressElement(place);
  const numbers: readonly [string, number, number][] = [
    ['domain', place.domain, 4],
    ['bus', place.bus, 2],
    ['slot', place.slot, 2],
    ['function', place.function, 1],
  ];
  for (const [name, value, digits] of numbers) {
    const written = attribute(address, name);
    if (written === undefined || parseNumber(written) !== value) splices.push(setAttribute(address, name, hex(value, digits)));
  }
  if (place.multifunction !== undefined && attribute(address, 'multifunction') === undefined) {
    splices.push(setAttribute(address, 'multifunction', place.multifunction));
  }
  const zpci = childElement(address, 'zpci');
  if (zpci === undefined) {
    const lines = zpciElement(place);
    if (lines.length > 0) splices.push(insertChild(document, address, lines));
    return [];
  }
  if (place.uid !== undefined && attribute(zpci, 'uid') === undefined) splices.push(setAttribute(zpci, 'uid', formatUid(place.uid)));
  if (place.fid !== undefined && attribute(zpci, 'fid') === undefined) splices.push(setAttribute(zpci, 'fid', formatFid(place.fid)));
  return [];
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
