/**
 * Packets of libvirt's RPC: a length, a header of six numbers, and a payload in XDR. Source: libvirt's
 * virnetprotocol.x and its internals documentation of the RPC.
 */
import { HostdevError } from '../../errors.ts';
import { type Codec, malformed, XdrReader, XdrWriter } from '../../xdr/xdr.ts';

/** Longest packet, its length word included: VIR_NET_MESSAGE_MAX and that word. */
export const MAX_PACKET = 33_554_432;

const LENGTH_BYTES = 4;
const HEADER_BYTES = 24;

/** What a packet is. Source: enum virNetMessageType. */
export const MESSAGE_TYPES = ['call', 'reply', 'message', 'stream', 'call-with-fds', 'reply-with-fds', 'stream-hole'] as const;

type MessageType = (typeof MESSAGE_TYPES)[number];

/** How a call ended, or that a stream goes on. Source: enum virNetMessageStatus. */
export const MESSAGE_STATUSES = ['ok', 'error', 'continue'] as const;

type MessageStatus = (typeof MESSAGE_STATUSES)[number];

export interface Packet {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly type: MessageType;
  /** Number of the call, chosen by the caller; 0 for events. */
  readonly serial: number;
  readonly status: MessageStatus;
  readonly payload: Uint8Array;
}

/**
 * Bytes of a packet.
 *
 * @throws {HostdevError} `packet-too-large`.
 */
export function encodePacket(packet: Packet): Uint8Array {
  return encodeMessage(packet, RAW, packet.payload);
}

/** The payload as it is. */
const RAW: Pick<Codec<Uint8Array>, 'encode'> = { encode: (writer, bytes) => writer.opaque(bytes) };

/**
 * Bytes of a packet whose payload is still a value.
 *
 * @throws {HostdevError} `packet-too-large`.
 */
export function encodeMessage<T>(header: Omit<Packet, 'payload'>, codec: Pick<Codec<T>, 'encode'>, value: T): Uint8Array {
  const writer = new XdrWriter();
  writer.uint32(0);
  writer.uint32(header.program);
  writer.uint32(header.version);
  writer.uint32(header.procedure);
  writer.uint32(MESSAGE_TYPES.indexOf(header.type));
  writer.uint32(header.serial);
  writer.uint32(MESSAGE_STATUSES.indexOf(header.status));
  codec.encode(writer, value);
  const { length } = writer;
  if (length > MAX_PACKET) {
    throw new HostdevError('packet-too-large', `a message of ${length} bytes is more than libvirt takes`, {
      hint: `at most ${MAX_PACKET} bytes; is the definition that large?`,
    });
  }
  writer.patchUint32(0, length);
  return writer.finish();
}

/** Packets out of a stream of bytes, however it is cut. */
export class PacketParser {
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  /** Whether a packet has begun and not ended: a stream that ends now was cut. */
  get isInside(): boolean {
    return this.#bytes > 0;
  }

  /**
   * Takes bytes and gives the packets that are whole by now.
   *
   * @throws {HostdevError} `xdr-malformed` for a length or header that cannot be; the stream is of no use afterwards.
   */
  push(chunk: Uint8Array): Packet[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const packets: Packet[] = [];
    for (;;) {
      const length = this.#peekLength();
      if (length === undefined || this.#bytes < length) return packets;
      packets.push(parsePacket(this.#cut(length)));
    }
  }

  #peekLength(): number | undefined {
    if (this.#bytes < LENGTH_BYTES) return undefined;
    if ((this.#chunks[0]?.length ?? 0) < LENGTH_BYTES) this.#chunks = [this.#join()];
    const length = new XdrReader(this.#chunks[0] ?? new Uint8Array()).uint32();
    if (length < LENGTH_BYTES + HEADER_BYTES || length > MAX_PACKET) throw malformed(`a packet says that it has ${length} bytes`);
    return length;
  }

  #cut(length: number): Uint8Array {
    const all = this.#join();
    this.#chunks = all.length === length ? [] : [all.subarray(length)];
    this.#bytes -= length;
    return all.subarray(LENGTH_BYTES, length);
  }

  #join(): Uint8Array {
    const [first] = this.#chunks;
    if (first !== undefined && this.#chunks.length === 1) return first;
    const all = new Uint8Array(this.#bytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }
}

function parsePacket(bytes: Uint8Array): Packet {
  const reader = new XdrReader(bytes);
  const [program, version, procedure] = [reader.uint32(), reader.uint32(), reader.int32()];
  const [type, serial, status] = [MESSAGE_TYPES[reader.uint32()], reader.uint32(), MESSAGE_STATUSES[reader.uint32()]];
  if (type === undefined || status === undefined) throw malformed('its type or status is none of the known ones');
  return { program, version, procedure, type, serial, status, payload: bytes.subarray(HEADER_BYTES) };
}
