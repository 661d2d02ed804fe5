import { createServer, type Server, type Socket } from 'node:net';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startFakeLibvirt } from '../../testing/fake-libvirt/fake-libvirt.ts';
import { encodeXdr } from '../../xdr/xdr.ts';
import { encodePacket, type Packet, PacketParser } from '../protocol/packet.ts';
import { PROCEDURES, REMOTE_PROGRAM, REMOTE_VERSION } from '../protocol/procedures.ts';
import { Connection } from './connection.ts';
import { connectLibvirt } from './libvirt.ts';
import { pair } from '../../../test/pair.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A server that does what it is told with every connection. */
async function serve(onConnection: (socket: Socket) => void): Promise<{ readonly uri: string; readonly sockets: Set<Socket> }> {
  const path = join(tmpdir(), `hostdev-hostile-${process.pid}-${randomBytes(4).toString('hex')}.sock`);
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { uri: `qemu+unix:///system?socket=${path}`, sockets };
}

const reply = (packet: Partial<Packet>): Uint8Array =>
  encodePacket({
    program: REMOTE_PROGRAM,
    version: REMOTE_VERSION,
    procedure: 66,
    type: 'reply',
    serial: 1,
    status: 'ok',
    payload: new Uint8Array(),
    ...packet,
  });
const authNone = reply({ payload: encodeXdr(PROCEDURES.AUTH_LIST.result, { types: [0] }) });

describe('a server that is not what it should be', () => {
  it('may close at once', async () => {
    const { uri } = await serve((socket) => socket.destroy());
    await expect(connectLibvirt(uri)).rejects.toMatchObject({ code: 'libvirt-closed' });
  });

  it('may cut its answer at every byte', async () => {
    for (let length = 0; length < authNone.length; length += 1) {
      const [ours, theirs] = pair();
      const connection = new Connection(ours, 'test');
      theirs.on('data', () => {
        theirs.push(null);
      });
      const call = connection.call('AUTH_LIST', undefined);
      ours.push(Buffer.from(authNone.subarray(0, length)));
      ours.push(null);
      await expect(call).rejects.toMatchObject({
        code: 'libvirt-closed',
        message: expect.stringMatching(length === 0 ? /closed it/ : /cut in the middle/) as string,
      });
      expect(connection.isOpen).toBe(false);
    }
  });

  it('may send its answer byte by byte', async () => {
    const [ours, theirs] = pair();
    const connection = new Connection(ours, 'test');
    theirs.on('data', () => undefined);
    const call = connection.call('AUTH_LIST', undefined);
    for (const byte of authNone) ours.push(Buffer.of(byte));
    expect(await call).toEqual({ types: [0] });
    connection.close();
  });

  const garbage: [string, Uint8Array][] = [
    ['a length without end', Buffer.from('ffffffff', 'hex')],
    ['a length that cannot hold a header', Buffer.from('00000008deadbeef', 'hex')],
    ['another protocol', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    [
      'a kind of message that there is not',
      Buffer.concat([Buffer.from(authNone).subarray(0, 16), Buffer.from('00000063', 'hex'), Buffer.from(authNone).subarray(20)]),
    ],
    ['an answer to a call that nobody made', reply({ serial: 77 })],
    ['an answer without content', reply({})],
    ['an answer with more content than there can be', reply({ payload: Buffer.from('000000010000000000000000', 'hex') })],
    ['a list longer than there can be', reply({ payload: Buffer.from('7fffffff', 'hex') })],
    ['an error that cannot be read', reply({ status: 'error', payload: Buffer.from('00', 'hex') })],
    // Their length is right: of a message that is not whole yet nothing can be said.
    ['random bytes', Buffer.concat([Buffer.from('00001000', 'hex'), randomBytes(4092)])],
  ];
  it.each(garbage)('may send %s', async (_, bytes) => {
    const { uri, sockets } = await serve((socket) => socket.once('data', () => socket.write(bytes)));
    await expect(connectLibvirt(uri, { timeoutMs: 2000 })).rejects.toMatchObject({ code: 'xdr-malformed', hint: expect.any(String) as string });
    await expect.poll(() => sockets.size).toBe(0);
  });

  it('may never answer: the wait ends, and so does what waits behind it', async () => {
    const [ours, theirs] = pair();
    theirs.on('data', () => undefined);
    const connection = new Connection(ours, 'test');
    const calls = Array.from({ length: 8 }, () => connection.call('CONNECT_GET_HOSTNAME', undefined, { timeoutMs: 30 }));
    // All at once: they end in the same turn, and one that nobody waits for yet would be unhandled.
    await Promise.all(
      calls.map((call) => expect(call).rejects.toMatchObject({ code: 'libvirt-timeout', message: expect.stringContaining('CONNECT_GET_HOSTNAME') as string })),
    );
    connection.close();
  });

  it('may be slow: what waits for its turn is not late while others are answered', async () => {
    const [ours, theirs] = pair();
    const parser = new PacketParser();
    theirs.on('data', (chunk: Uint8Array) => {
      for (const { serial, procedure } of parser.push(chunk)) {
        const payload = encodeXdr(PROCEDURES.CONNECT_GET_HOSTNAME.result, { hostname: `h${serial}` });
        setTimeout(() => ours.push(reply({ serial, procedure, payload })), 100);
      }
    });
    const connection = new Connection(ours, 'test');
    // Five at a time: the last one is answered after 1.6 s.
    const calls = Array.from({ length: 80 }, () => connection.call('CONNECT_GET_HOSTNAME', undefined, { timeoutMs: 1000 }));
    expect((await Promise.all(calls)).map(({ hostname }) => hostname)).toEqual(Array.from({ length: 80 }, (_, i) => `h${i + 1}`));
    connection.close();
  });

  it('is noticed to be gone when it gives no sign of life', async () => {
    const [ours, theirs] = pair();
    theirs.on('data', () => undefined);
    const connection = new Connection(ours, 'test');
    const closed = new Promise((resolve) => connection.onClosed(resolve));
    connection.startPulse(2);
    expect(await closed).toMatchObject({ code: 'libvirt-closed', message: expect.stringContaining('has not answered') as string });
  });

  it('may die in the middle of calls: each is rejected, none hangs', async () => {
    const fake = await startFakeLibvirt();
    stops.push(() => fake.stop());
    const libvirt = await connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`);
    const closed = new Promise((resolve) => libvirt.onClosed(resolve));
    const calls = Array.from({ length: 12 }, () => libvirt.listDomains());
    fake.cut();
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'libvirt-closed' });
    await closed;
    await expect(libvirt.hostname()).rejects.toMatchObject({ code: 'libvirt-closed' });
    await libvirt.close();
  });
});

describe('a caller', () => {
  it('may give up: the call is rejected, the connection goes on', async () => {
    const [ours, theirs] = pair();
    const connection = new Connection(ours, 'test');
    theirs.on('data', () => undefined);
    const abort = new AbortController();
    const given = connection.call('AUTH_LIST', undefined, { signal: abort.signal });
    abort.abort();
    await expect(given).rejects.toMatchObject({ code: 'interrupted' });
    ours.push(Buffer.from(authNone));
    const next = connection.call('AUTH_LIST', undefined);
    ours.push(Buffer.from(reply({ serial: 2, payload: encodeXdr(PROCEDURES.AUTH_LIST.result, { types: [] }) })));
    expect(await next).toEqual({ types: [] });
    connection.close();
  });

  it('has at most five calls on their way', async () => {
    const [ours, theirs] = pair();
    const connection = new Connection(ours, 'test');
    const parser = new PacketParser();
    const open: Packet[] = [];
    let most = 0;
    theirs.on('data', (chunk: Buffer) => {
      open.push(...parser.push(chunk));
      most = Math.max(most, open.length);
      setImmediate(() => {
        const packet = open.shift();
        if (packet !== undefined)
          ours.push(
            Buffer.from(reply({ ...packet, type: 'reply', payload: encodeXdr(PROCEDURES.CONNECT_GET_HOSTNAME.result, { hostname: String(packet.serial) }) })),
          );
      });
    });
    const answers = await Promise.all(Array.from({ length: 50 }, () => connection.call('CONNECT_GET_HOSTNAME', undefined)));
    expect(answers.map(({ hostname }) => hostname)).toEqual(Array.from({ length: 50 }, (_, i) => String(i + 1)));
    expect(most).toBe(5);
    connection.close();
  });

  it('is told when a message is longer than libvirt takes, and can go on', async () => {
    const fake = await startFakeLibvirt();
    stops.push(() => fake.stop());
    const libvirt = await connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`);
    await expect(libvirt.defineDomain('x'.repeat(4_194_305))).rejects.toThrow(/4194305/);
    expect(await libvirt.hostname()).toBe('fake');
    await libvirt.close();
  });

  it('is told where nobody listens', async () => {
    await expect(connectLibvirt('qemu+unix:///system?socket=/nowhere/sock')).rejects.toMatchObject({
      code: 'libvirt-unreachable',
      hint: expect.stringContaining('start libvirt') as string,
    });
  });
});
