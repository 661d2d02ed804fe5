import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePacket, MAX_PACKET, MESSAGE_STATUSES, MESSAGE_TYPES, type Packet, PacketParser } from './packet.ts';

const packet = fc.record({
  program: fc.integer({ min: 0, max: 0xffff_ffff }),
  version: fc.integer({ min: 0, max: 9 }),
  procedure: fc.integer({ min: 0, max: 1000 }),
  type: fc.constantFrom(...MESSAGE_TYPES),
  serial: fc.integer({ min: 0, max: 0xffff_ffff }),
  status: fc.constantFrom(...MESSAGE_STATUSES),
  // Everything in XDR takes a multiple of four.
  payload: fc.array(fc.integer({ min: 0, max: 0xff }), { maxLength: 30 }).map((bytes) => new Uint8Array([...bytes, ...bytes, ...bytes, ...bytes])),
});

const CALL: Packet = { program: 0x2000_8086, version: 1, procedure: 1, type: 'call', serial: 7, status: 'ok', payload: new Uint8Array([0, 0, 0, 1]) };

describe('a packet', () => {
  it("has its length, the six numbers of libvirt's header, and the payload", () => {
    expect(Buffer.from(encodePacket(CALL)).toString('hex')).toBe('0000002020008086000000010000000100000000000000070000000000000001');
  });

  it('comes out as it went in, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 5 }), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (packets, cuts) => {
        const stream = Buffer.concat(packets.map(encodePacket));
        const parser = new PacketParser();
        const found: Packet[] = [];
        for (let at = 0, i = 0; at < stream.length; i += 1) {
          const step = cuts[i % cuts.length] ?? 1;
          found.push(...parser.push(new Uint8Array(stream.subarray(at, at + step))));
          at += step;
        }
        expect(found).toEqual(packets);
        expect(parser.isInside).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('that is not whole is waited for, and it is known that it began', () => {
    const whole = encodePacket(CALL);
    for (let cut = 1; cut < whole.length; cut += 1) {
      const parser = new PacketParser();
      expect(parser.push(whole.subarray(0, cut))).toEqual([]);
      expect(parser.isInside).toBe(true);
    }
  });

  it.each([
    ['shorter than its header', '0000001b'],
    ['longer than libvirt sends', '02000001'],
    ['of four gigabytes', 'ffffffff'],
  ])('that says it is %s is refused at once', (_, length) => {
    expect(() => new PacketParser().push(new Uint8Array(Buffer.from(length, 'hex')))).toThrow(expect.objectContaining({ code: 'xdr-malformed' }) as Error);
  });

  it.each([
    ['type', 16, 7],
    ['status', 24, 3],
  ])('of an unknown %s is refused', (_, at, value) => {
    const bytes = encodePacket(CALL);
    new DataView(bytes.buffer).setUint32(at, value);
    expect(() => new PacketParser().push(bytes)).toThrow(/type or status/);
  });

  it('that libvirt would not take is not sent', () => {
    expect(() => encodePacket({ ...CALL, payload: new Uint8Array(MAX_PACKET) })).toThrow(expect.objectContaining({ code: 'packet-too-large' }) as Error);
  });
});
