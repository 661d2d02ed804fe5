/** Guest addresses of random devices. */
import fc from 'fast-check';
import { isS390, type Machine } from './machine.ts';

export const hex = (value: number): string => `0x${value.toString(16)}`;

/** Once in `freq + 1` nothing. */
export const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 3): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined, freq });

/** Low numbers, so that collisions happen. */
const slot = fc.integer({ min: 1, max: 9 });

/** An address that says where. */
export function place(machine: Machine): fc.Arbitrary<string> {
  const numbers = fc.record({
    bus: fc.integer({ min: 0, max: 3 }),
    slot,
    fn: fc.constantFrom(0, 0, 0, 1, 7),
    multifunction: fc.constantFrom('', '', '', " multifunction='on'", " multifunction='off'"),
  });
  return numbers.map(({ bus, slot: number, fn, multifunction }) => {
    const at = machine.pcie && bus > 0 ? 0 : number;
    return `<address type='pci' domain='0x0000' bus='${hex(bus)}' slot='${hex(at)}' function='${hex(fn)}'${multifunction}/>`;
  });
}

/** Mostly none; an address, or only that it is to be one of PCI. */
export function anyAddress(machine: Machine): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant('') },
    { weight: 2, arbitrary: place(machine) },
    { weight: isS390(machine) ? 2 : 1, arbitrary: fc.constant("<address type='pci'/>") },
  );
}

/** What a host device may have besides: zPCI ids. */
export function hostdevAddress(machine: Machine): fc.Arbitrary<string> {
  const plain = maybe(place(machine), 4).map((text) => text ?? '');
  if (!isS390(machine)) return plain;
  const ids = fc.record({ uid: maybe(fc.integer({ min: 0, max: 12 }), 2), fid: maybe(fc.nat(12), 2) });
  return fc.tuple(plain, ids).map(([text, { uid, fid }]) => {
    if (uid === undefined && fid === undefined) return text;
    const zpci = `<zpci${uid === undefined ? '' : ` uid='${hex(uid)}'`}${fid === undefined ? '' : ` fid='${hex(fid)}'`}/>`;
    return text === '' ? `<address type='pci'>${zpci}</address>` : `${text.slice(0, -2)}>${zpci}</address>`;
  });
}
