/** The shape of a wish file: what is checked, what `schemas/wish.json` publishes, and the type of what was read. */
import { fleetName, macAddress } from '../json/contract/notation.ts';
import { either, flag, list, number, oneOrMore, request, type Of, type Shape, text, word, written } from '../json/contract/shape.ts';
import { SCOPES } from '../plan/guest-scope.ts';
import { VF_MOST } from '../state/vf-settings.ts';

/** Goes up when a name goes away, or means something else; names that come do not raise it. */
export const WISH_FORMAT_VERSION = 1;

/** A number in that range. */
function whole(least: number, most: number, description: string): Shape<number> {
  return { schema: { type: 'integer', minimum: least, maximum: most, description } };
}

/** An id as it is written: YAML takes one without quotes for a number, and it is read as what stands there. */
function id(description: string): Shape<string> {
  return { schema: { type: ['string', 'integer'], description } };
}

const fid = id('zPCI function id, with 0x: 0x00000100');
const uid = id('zPCI user-defined id, with 0x: 0x0021');
/** In quotes: without them 8086 is another number than 0x8086, and who writes the file anew from what YAML made of 0x144d writes 5197. */
const pciId = (of: string): Shape<string> => written(/^(0x)?[0-9A-Fa-f]{4}$/, `${of}, four hexadecimal digits: "0x8086"`);

const match = request(
  { vendor: pciId('vendor'), device: pciId('device') },
  {
    subsystemVendor: pciId('vendor of the subsystem'),
    subsystemDevice: pciId('device of the subsystem'),
    serial: written(/^[0-9a-f]{2}([ :-]?[0-9a-f]{2}){7}$/i, 'PCI Express Device Serial Number: eight bytes'),
    mac: macAddress('MAC address that its host driver shows'),
    place: text('where it is, where several are of that kind: "0000:06:00.0"'),
  },
  'which card it is, wherever it is',
);

const NAMED = 'PCI function: an address "0000:06:00.0", "fid=0x100", "uid=0x21"';
const virtual = request(
  { physicalFunction: text(NAMED), index: whole(0, 65_535, 'number of the virtual function, from 0') },
  {},
  'a virtual function, which may not be there yet',
);
/** A virtual function has none of its own. */
const physical = either(text(NAMED), request({ fid }, {}), request({ match }, {}));
const selector = either(text(NAMED), request({ fid }, {}), request({ match }, {}), virtual);

/** A guest has what is claimed for it by the name, or is given one. */
const mapped = request({ mapping: fleetName('the name of a mapping of the fleet that this host is of: "gpu-a10"') }, {}, 'a function by a mapping');

const slot = request({ fid, state: word(['configured', 'standby']) }, {});

const settings = request(
  { index: whole(0, 65_535, 'number of the virtual function, from 0') },
  {
    mac: macAddress('MAC address'),
    vlan: whole(0, VF_MOST.vlan, 'VLAN tag; 0: none'),
    trust: flag('whether it may change its MAC address and listen to everything'),
    spoofchk: flag('whether frames with other MAC addresses are dropped'),
    rate: whole(0, VF_MOST.rate, 'most that it may send, Mbit/s; 0: no limit'),
  },
);

const virtualFunctions = request(
  { physicalFunction: physical, numVfs: whole(0, 65_535, 'how many virtual functions there are to be') },
  {
    hostDrivers: flag('whether host drivers may take them; false when it is left out'),
    persist: flag('whether they, and their settings, are kept at every boot; left as it is when it is left out'),
    settings: list(settings, 'what the driver of the physical function enforces'),
  },
);

const prepared = request(
  { function: selector },
  {
    driver: text('VFIO driver that takes it; the best that the kernel has when it is left out'),
    persist: flag('whether it is taken at every boot; left as it is when it is left out'),
  },
);

const pool = request(
  { network: text('name of the pool'), functions: oneOrMore(selector, 'one physical function, or virtual ones') },
  { autostart: flag('whether it starts with the host; left as it is when it is left out') },
);

/** The one kind that libvirt takes for a function of the host. */
const virtualport = request(
  { type: word(['802.1Qbh']), profileid: text('port profile that the switch knows') },
  {},
  'port of a switch, which knows its VLAN then',
);

const asInterface = request(
  {},
  { mac: macAddress('MAC address; libvirt chooses one when it is left out'), vlan: whole(0, VF_MOST.vlan, 'VLAN tag; 0: none'), virtualport },
  'what libvirt sets of a virtual function of a network card before the guest has it; left out, it stays as it is, and one that comes has nothing set',
);

const hostdev = request(
  { function: either(text(NAMED), request({ fid }, {}), request({ match }, {}), virtual, mapped) },
  {
    scope: word(SCOPES, 'which part of the guest; persistent, which is the definition and what runs, when it is left out'),
    managed: flag('whether libvirt takes it from the host and gives it back; true for one that comes when it is left out'),
    uid,
    fid,
    interface: asInterface,
  },
);

const guest = request({ guest: text('name or uuid of a guest of libvirt'), hostdevs: list(hostdev, 'functions of the host that it has') }, {});

/** One file. */
export const WISH_FILE = request(
  { formatVersion: number([WISH_FORMAT_VERSION], 'version of this format') },
  {
    slots: list(slot, 'functions of IBM Z that are configured, or on standby'),
    virtualFunctions: list(virtualFunctions, 'virtual functions of physical ones (SR-IOV)'),
    functions: list(prepared, 'functions that are with a VFIO driver'),
    pools: list(pool, 'networks of libvirt that hand out virtual functions'),
    guests: list(guest, 'what guests of libvirt have'),
  },
  'How a host and its guests are to be',
);

export type WishFile = Of<typeof WISH_FILE>;
export type WrittenInterface = Of<typeof asInterface>;
export type WrittenSelector = Of<typeof selector>;
export type WrittenMapped = Of<typeof mapped>;
export type WrittenSettings = Of<typeof settings>;
export type WrittenMatch = Of<typeof match>;
