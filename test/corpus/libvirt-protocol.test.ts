import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { MAX_PACKET, MESSAGE_STATUSES, MESSAGE_TYPES } from '../../src/libvirt/protocol/packet.ts';
import {
  EVENTS,
  KEEPALIVE_PING,
  KEEPALIVE_PONG,
  KEEPALIVE_PROGRAM,
  KEEPALIVE_VERSION,
  PROCEDURES,
  REMOTE_PROGRAM,
  REMOTE_VERSION,
} from '../../src/libvirt/protocol/procedures.ts';
import { remoteError } from '../../src/libvirt/protocol/types.ts';
import { type Codec, decodeXdr, encodeXdr } from '../../src/xdr/xdr.ts';
import { describeUnless } from '../skip.ts';
import { parseXdrFile, randomValue, type XdrFile } from './xdr-file.ts';

const { root: corpus, reason } = inject('corpora')['11.3'];
const read = (path: string): XdrFile => parseXdrFile(readFileSync(join(corpus, 'src', path), 'utf8'));

describeUnless(reason, "libvirt's own description of its protocol", () => {
  const remote = corpus === '' ? undefined : read('remote/remote_protocol.x');
  const file = remote as XdrFile;

  /** That our codec reads and writes exactly the bytes that the file describes. */
  function agree(codec: Codec<unknown>, struct: string): void {
    if (!file.structs.has(struct)) {
      expect(encodeXdr(codec, undefined)).toHaveLength(0);
      return;
    }
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (numbers) => {
        const { value, bytes } = randomValue(file, struct, () => numbers.next().value as number);
        expect(decodeXdr(codec, bytes)).toEqual(value);
        expect(encodeXdr(codec, value)).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  }

  it('has the numbers of programs and versions', () => {
    expect(file.constants.get('REMOTE_PROGRAM')).toBe(REMOTE_PROGRAM);
    expect(file.constants.get('REMOTE_PROTOCOL_VERSION')).toBe(REMOTE_VERSION);
    const keepalive = read('rpc/virkeepaliveprotocol.x');
    expect(keepalive.constants.get('KEEPALIVE_PROGRAM')).toBe(KEEPALIVE_PROGRAM);
    expect(keepalive.constants.get('KEEPALIVE_PROTOCOL_VERSION')).toBe(KEEPALIVE_VERSION);
    expect([keepalive.enums.get('KEEPALIVE_PROC_PING'), keepalive.enums.get('KEEPALIVE_PROC_PONG')]).toEqual([KEEPALIVE_PING, KEEPALIVE_PONG]);
  });

  it('has the kinds and the length of packets', () => {
    const net = read('rpc/virnetprotocol.x');
    expect(net.constants.get('VIR_NET_MESSAGE_MAX')).toBe(MAX_PACKET);
    const types = ['CALL', 'REPLY', 'MESSAGE', 'STREAM', 'CALL_WITH_FDS', 'REPLY_WITH_FDS', 'STREAM_HOLE'];
    expect(types.map((name) => net.enums.get(`VIR_NET_${name}`))).toEqual(MESSAGE_TYPES.map((_, i) => i));
    expect(['OK', 'ERROR', 'CONTINUE'].map((name) => net.enums.get(`VIR_NET_${name}`))).toEqual(MESSAGE_STATUSES.map((_, i) => i));
  });

  describe.each(Object.entries(PROCEDURES))('%s', (name, procedure) => {
    const struct = `remote_${name.toLowerCase()}`;
    it('has its number, arguments and result', () => {
      expect(file.enums.get(`REMOTE_PROC_${name}`)).toBe(procedure.number);
      agree(procedure.args as Codec<unknown>, `${struct}_args`);
      agree(procedure.result as Codec<unknown>, `${struct}_ret`);
    });
  });

  it.each(Object.entries(EVENTS))('%s has its number and content', (name, event) => {
    expect(file.enums.get(`REMOTE_PROC_${name}`)).toBe(event.number);
    agree(event.message as Codec<unknown>, `remote_${name.toLowerCase()}_msg`);
  });

  it('has the content of errors', () => agree(remoteError as Codec<unknown>, 'remote_error'));
});
