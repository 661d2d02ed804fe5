/** Any bytes from a libvirt: read or refused, and every call that waits is told. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { Connection } from '../../src/libvirt/client/connection.ts';
import { encodePacket, PacketParser } from '../../src/libvirt/protocol/packet.ts';
import {
  EVENTS,
  KEEPALIVE_PING,
  KEEPALIVE_PROGRAM,
  KEEPALIVE_VERSION,
  PROCEDURES,
  REMOTE_PROGRAM,
  REMOTE_VERSION,
} from '../../src/libvirt/protocol/procedures.ts';
import { remoteError } from '../../src/libvirt/protocol/types.ts';
import { type Codec, decodeXdr, encodeXdr } from '../../src/xdr/xdr.ts';
import { fuzzTarget, orRefused, orRejected } from './fuzz.ts';
import { cuts, inPieces, mutatedBytes } from './mutate.ts';
import { pair } from '../pair.ts';

const CODECS: readonly Codec<unknown>[] = [
  remoteError,
  ...Object.values(PROCEDURES).flatMap(({ args, result }) => [args, result]),
  ...Object.values(EVENTS).map(({ message }) => message),
] as Codec<unknown>[];

const WITH_CHARS = new Set([PROCEDURES.AUTH_SASL_START, PROCEDURES.AUTH_SASL_STEP].flatMap(({ args, result }) => [args, result] as Codec<unknown>[]));

const text = (value: string): Uint8Array => encodeXdr(PROCEDURES.CONNECT_GET_HOSTNAME.result, { hostname: value });

const PAYLOADS = [
  new Uint8Array(),
  text('host'),
  text('h\u00e4'.repeat(200)),
  encodeXdr(PROCEDURES.AUTH_LIST.result, { types: [0, 1] }),
  Buffer.from('0000000100000001'.repeat(20), 'hex'),
  Buffer.from('00000005776f726c64000000', 'hex'),
];

export const xdr = fuzzTarget('XDR of every message', fc.tuple(mutatedBytes(PAYLOADS), fc.constantFrom(...CODECS)), ([bytes, codec]) => {
  const value = orRefused(() => ({ of: decodeXdr(codec, bytes) }));
  if (value === undefined) return;
  const again = Buffer.from(encodeXdr(codec, value.of));
  if (!isDeepStrictEqual(decodeXdr(codec, again), value.of)) throw new Error('it would be read differently when it is written again');
  // What was read is what would be written: a message has one form, but for a char above 127, which has a sign on x86 and none on IBM Z.
  if (!WITH_CHARS.has(codec) && !again.equals(bytes)) throw new Error('it would be written differently');
});

const reply = { program: REMOTE_PROGRAM, version: REMOTE_VERSION, type: 'reply', status: 'ok' } as const;
const HOSTNAME = PROCEDURES.CONNECT_GET_HOSTNAME.number;
const ANSWERS = [1, 2, 3].map((serial) => encodePacket({ ...reply, procedure: HOSTNAME, serial, payload: text(`h${serial}`) }));
const PING = encodePacket({
  program: KEEPALIVE_PROGRAM,
  version: KEEPALIVE_VERSION,
  procedure: KEEPALIVE_PING,
  type: 'message',
  serial: 0,
  status: 'ok',
  payload: new Uint8Array(),
});
const REFUSAL = encodePacket({ ...reply, procedure: HOSTNAME, serial: 2, status: 'error', payload: Buffer.from('00000026'.repeat(20), 'hex') });
const EVENT = encodePacket({ ...reply, type: 'message', procedure: EVENTS.DOMAIN_EVENT_CALLBACK_LIFECYCLE.number, serial: 0, payload: Buffer.alloc(64) });

const STREAMS = [Buffer.concat(ANSWERS), Buffer.concat([PING, ...ANSWERS]), Buffer.concat([REFUSAL, ...ANSWERS, EVENT]), Buffer.concat([EVENT, PING])];

export const packets = fuzzTarget('a stream of packets, cut anywhere', fc.tuple(mutatedBytes(STREAMS, ANSWERS), cuts), ([bytes, at]) => {
  const whole = new PacketParser();
  const cut = new PacketParser();
  const inOne = orRefused(() => whole.push(bytes).map(({ serial, payload }) => [serial, Buffer.from(payload).toString('hex')]));
  const pieces = orRefused(() =>
    inPieces(bytes, at).flatMap((piece) => cut.push(piece).map(({ serial, payload }) => [serial, Buffer.from(payload).toString('hex')])),
  );
  // Where the stream is bad, packets before that may have been given already: only whole streams can be compared.
  if (inOne !== undefined && JSON.stringify(inOne) !== JSON.stringify(pieces)) throw new Error('cut, it says something else');
});

export const connections = fuzzTarget(
  'what a libvirt answers',
  fc.tuple(mutatedBytes(STREAMS, ANSWERS), cuts, fc.boolean()),
  async ([bytes, at, isPatient]) => {
    const [ours, theirs] = pair();
    theirs.on('data', () => undefined);
    const connection = new Connection(ours, 'fuzz', isPatient);
    connection.on('DOMAIN_EVENT_CALLBACK_LIFECYCLE', () => undefined);
    const calls = [1, 2, 3].map(() => orRejected(() => connection.call('CONNECT_GET_HOSTNAME', undefined)));
    for (const piece of inPieces(bytes, at)) if (!ours.destroyed) ours.push(piece);
    if (!ours.destroyed) ours.push(null);
    await Promise.all(calls);
    connection.close();
  },
);
