/** From a checked file to what is wished for: names, ids and addresses read, each refusal with its place. */
import { parseFunctionName } from '../domain/function-name.ts';
import { checkInterface, checkMac, type InterfaceSpec } from '../domain/hostdev-xml.ts';
import { HostdevError, type Problem, type SourceLocation } from '../errors.ts';
import { parseFid, parseUid } from '../pci/zpci-id.ts';
import { formatPciAddress } from '../pci/address.ts';
import { formatFid } from '../pci/zpci.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { checkPoolName } from '../plan/pool.ts';
import { vfSettingsWish } from '../plan/vf-settings.ts';
import { type Checked, checkTree } from './check.ts';
import {
  WISH_FILE,
  type WishFile,
  type WrittenInterface,
  type WrittenMapped,
  type WrittenMatch,
  type WrittenSelector,
  type WrittenSettings,
} from './schema.ts';
import type { Node } from './tree.ts';
import type { CardMatch, DesiredState, MappedSelector, Selector, WishedSettings } from './wish.ts';

/**
 * What one file wishes for.
 *
 * @returns everything that is wrong with it instead, each problem with its place.
 */
export function readWish(tree: Node): DesiredState | readonly Problem[] {
  const checked = checkTree(WISH_FILE, tree);
  if (!('value' in checked)) return checked;
  const problems: Problem[] = [];
  const wish = readParts(checked, readerOf(checked, problems));
  return problems.length > 0 ? problems : wish;
}

type Read = <T>(pointer: string, read: () => T) => T;

/** Refusals are kept with the place of what is read; what comes back for them is never looked at. */
function readerOf({ at }: Checked<WishFile>, problems: Problem[]): Read {
  return <T>(pointer: string, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof HostdevError)) throw error;
      problems.push({ ...error.toProblem(), location: at(pointer) });
      return undefined as T;
    }
  };
}

function readParts({ value, at }: Checked<WishFile>, read: Read): DesiredState {
  const { slots = [], virtualFunctions = [], functions = [], pools = [], guests = [] } = value;
  const select = (pointer: string, written: WrittenSelector): Selector => selectorOf({ pointer, at: at(pointer) }, written, read);
  return {
    slots: slots.map(({ fid, state }, i) => ({ at: at(`/slots/${i}`), fid: read(`/slots/${i}/fid`, () => parseFid(fid)), state })),
    virtualFunctions: virtualFunctions.map(({ physicalFunction, settings = [], ...rest }, i) => {
      const pointer = `/virtualFunctions/${i}`;
      return {
        ...rest,
        at: at(pointer),
        physicalFunction: select(`${pointer}/physicalFunction`, physicalFunction),
        settings: settings.map((each, j) => settingsOf(`${pointer}/settings/${j}`, at, each, read)),
      };
    }),
    functions: functions.map((each, i) => ({ ...each, at: at(`/functions/${i}`), function: select(`/functions/${i}/function`, each.function) })),
    pools: pools.map(({ functions: members, ...rest }, i) => {
      const pointer = `/pools/${i}`;
      read(`${pointer}/network`, () => checkPoolName(rest.network));
      return { ...rest, at: at(pointer), functions: members.map((each, j) => select(`${pointer}/functions/${j}`, each)) };
    }),
    guests: guests.map(({ guest, hostdevs }, i) => ({
      ...{ at: at(`/guests/${i}`), guest },
      hostdevs: hostdevs.map(({ uid, fid, interface: nic, ...rest }, j) => {
        const pointer = `/guests/${i}/hostdevs/${j}`;
        return {
          ...rest,
          at: at(pointer),
          function: mappedIn(rest.function, at(`${pointer}/function`)) ?? select(`${pointer}/function`, rest.function as WrittenSelector),
          ...(uid === undefined ? {} : { uid: read(`${pointer}/uid`, () => parseUid(uid)) }),
          ...(fid === undefined ? {} : { fid: read(`${pointer}/fid`, () => parseFid(fid)) }),
          ...(nic === undefined ? {} : { interface: read(`${pointer}/interface`, () => interfaceOf(nic)) }),
        };
      }),
    })),
  };
}

function settingsOf(pointer: string, at: Checked<WishFile>['at'], { index, mac, ...values }: WrittenSettings, read: Read): WishedSettings {
  const checked = mac === undefined ? undefined : read(`${pointer}/mac`, () => checkMac(mac));
  return { at: at(pointer), index, values: vfSettingsWish({ ...values, mac: checked }) };
}

function interfaceOf({ mac, vlan, virtualport }: WrittenInterface): InterfaceSpec {
  const read: InterfaceSpec = {
    ...(mac === undefined ? {} : { mac: checkMac(mac) }),
    ...(vlan === undefined ? {} : { vlan }),
    ...(virtualport === undefined ? {} : { virtualport: { type: virtualport.type, parameters: { profileid: virtualport.profileid } } }),
  };
  checkInterface(read);
  return read;
}

/** undefined for what names a function whatever guest is to have it. */
function mappedIn(written: WrittenSelector | WrittenMapped, at: SourceLocation): MappedSelector | undefined {
  if (typeof written === 'string' || !('mapping' in written)) return undefined;
  return { kind: 'mapping', at, written: `mapping:${written.mapping}`, mapping: written.mapping };
}

interface Place {
  readonly pointer: string;
  readonly at: SourceLocation;
}

function selectorOf({ pointer, at }: Place, written: WrittenSelector, read: Read): Selector {
  const named = (text: string, where = pointer) => read(where, () => parseFunctionName(text));
  if (typeof written === 'string') return { kind: 'name', at, written, name: named(written) };
  if ('fid' in written) {
    const id = read(`${pointer}/fid`, () => parseFid(written.fid));
    const word = `fid=${id === undefined ? written.fid : formatFid(id)}`;
    return { kind: 'name', at, written: word, name: { kind: 'fid', written: word, id } };
  }
  if ('match' in written) {
    const match = read(`${pointer}/match`, () => matchOf(written.match));
    return {
      kind: 'match',
      at,
      written: `the card ${Object.entries(written.match)
        .map((pair) => pair.join('='))
        .join(' ')}`,
      match,
    };
  }
  const { physicalFunction, index } = written;
  const words = `virtual function ${index} of ${physicalFunction}`;
  return { kind: 'virtual', at, written: words, physicalFunction: named(physicalFunction, `${pointer}/physicalFunction`), index };
}

/** sysfs writes ids with 0x and small letters, and a serial number is kept with blanks between its bytes. */
function matchOf({ vendor, device, subsystemVendor, subsystemDevice, serial, mac, place }: WrittenMatch): CardMatch {
  const id = (text: string): string => `0x${text.toLowerCase().replace(/^0x/, '')}`;
  return {
    ...{ vendor: id(vendor), device: id(device) },
    ...(subsystemVendor === undefined ? {} : { subsystemVendor: id(subsystemVendor) }),
    ...(subsystemDevice === undefined ? {} : { subsystemDevice: id(subsystemDevice) }),
    ...(serial === undefined
      ? {}
      : {
          serial: (
            serial
              .toLowerCase()
              .replaceAll(/[^0-9a-f]/g, '')
              .match(/../g) ?? []
          ).join(' '),
        }),
    ...(mac === undefined ? {} : { mac: mac.toLowerCase().replaceAll('-', ':') }),
    ...(place === undefined ? {} : { place: formatPciAddress(parsePciAddress(place)) }),
  };
}
