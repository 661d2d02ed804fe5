import { afterEach, describe, expect, it } from 'vitest';
import { Duplex } from 'node:stream';
import { pair } from '../../test/pair.ts';
import { QMP_CASES } from '../../test/conformance/qmp-suite.ts';
import { startFakeQmp } from '../testing/fake-qmp.ts';
import { connectQmp, openQmp } from './client/qmp.ts';
import { parseMessage } from './protocol/message.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A stream whose other side says a line by itself, and the next ones when it is asked something. */
function scripted(first?: string, ...answers: readonly string[]): Duplex {
  const left = [...answers];
  const stream = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => {
      const line = left.shift();
      if (line !== undefined) stream.push(`${line}\n`);
      done();
    },
  });
  if (first !== undefined) stream.push(`${first}\n`);
  return stream;
}

const GREETING = '{"QMP":{"version":{"qemu":{"major":10,"minor":0,"micro":2}},"capabilities":[]}}';
const READY = '{"return":{},"id":1}';

describe("the fake QEMU's monitor", () => {
  for (const { title, run } of QMP_CASES) {
    it(title, async () => {
      const fake = await startFakeQmp({ ports: ['rp0', 'rp1'] });
      stops.push(() => fake.stop());
      const qmp = await connectQmp(fake.socket);
      await run(qmp);
      qmp.close();
    });
  }

  it('greets one client at a time', async () => {
    const fake = await startFakeQmp();
    stops.push(() => fake.stop());
    const first = await connectQmp(fake.socket);
    await expect(connectQmp(fake.socket, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'qmp-unreachable',
      hint: expect.stringContaining('somebody else') as string,
    });
    first.close();
  });
});

describe('a monitor that is none', () => {
  it.each([
    ['another protocol', ['HTTP/1.1 400 Bad Request']],
    ['a list', ['[]']],
    ['nothing known', ['{"hello":1}']],
    ['words behind its greeting', [GREETING, 'bye']],
  ])('may say %s', async (_, lines) => {
    await expect(openQmp(scripted(...lines), 'monitor')).rejects.toMatchObject({ code: 'qmp-malformed', hint: expect.any(String) as string });
  });

  it('may never end a line', async () => {
    const stream = scripted();
    const opened = openQmp(stream, 'monitor');
    const chunk = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < 17; i += 1) stream.push(chunk);
    await expect(opened).rejects.toMatchObject({ code: 'qmp-malformed' });
  });

  // Looking through the whole line at every piece took minutes.
  it('may never end a line that comes in small pieces', async () => {
    const stream = scripted();
    const opened = openQmp(stream, 'monitor', { timeoutMs: 30_000 });
    const piece = 'x'.repeat(1024);
    for (let i = 0; i < 17 * 1024; i += 1) stream.push(piece);
    await expect(opened).rejects.toMatchObject({ code: 'qmp-malformed' });
  });

  it('may end in the middle of a command', async () => {
    const stream = scripted(GREETING, READY);
    const qmp = await openQmp(stream, 'monitor');
    const command = qmp.execute('query-pci');
    stream.push(null);
    await expect(command).rejects.toMatchObject({ code: 'qmp-closed' });
    await expect(qmp.execute('query-pci')).rejects.toMatchObject({ code: 'qmp-closed' });
  });

  it('may never answer', async () => {
    const qmp = await openQmp(scripted(GREETING, READY), 'monitor');
    await expect(qmp.execute('query-pci', undefined, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'qmp-timeout' });
    await expect(qmp.execute('query-pci', undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'interrupted' });
    qmp.close();
  });

  it('may cut a letter in two', async () => {
    const stream = scripted(GREETING, READY);
    const qmp = await openQmp(stream, 'monitor');
    const answer = qmp.execute('query-name');
    const bytes = Buffer.from('{"return":{"name":"ü"},"id":2}\n');
    for (const byte of bytes) stream.push(Buffer.of(byte));
    expect(await answer).toEqual({ name: 'ü' });
    qmp.close();
  });

  it('is nobody where nobody listens', async () => {
    await expect(connectQmp('/nowhere/qmp.sock')).rejects.toMatchObject({ code: 'qmp-unreachable' });
  });
});

it('says something where QEMU refuses without a word', async () => {
  const [ours, theirs] = pair();
  theirs.on('data', (bytes: Buffer) => {
    const { execute, id } = JSON.parse(bytes.toString()) as { readonly execute: string; readonly id: number };
    const answer = execute === 'qmp_capabilities' ? { return: {} } : { error: { class: 'GenericError', desc: '' } };
    ours.push(`${JSON.stringify({ ...answer, id })}\n`);
  });
  ours.push(`${GREETING}\n`);
  const qmp = await openQmp(ours, 'mute', { timeoutMs: 5000 });
  await expect(qmp.execute('query-status')).rejects.toMatchObject({ code: 'qmp-refused', message: 'mute: QEMU refuses and does not say why (GenericError)' });
  qmp.close();
});

it('reads every kind of message', () => {
  expect(parseMessage(GREETING)).toEqual({ kind: 'greeting', version: '10.0.2' });
  expect(parseMessage('{"event":"DEVICE_DELETED","data":{"device":"x"},"timestamp":{}}')).toEqual({
    kind: 'event',
    name: 'DEVICE_DELETED',
    data: { device: 'x' },
  });
  expect(parseMessage('{"error":{"class":"GenericError","desc":"no"},"id":3}')).toEqual({ kind: 'error', id: 3, class: 'GenericError', text: 'no' });
});

// String() throws for them.
it('reads messages with values that have no text of their own', () => {
  expect(parseMessage('{"QMP":{"version":{"qemu":{"major":10,"minor":{"toString":1}}}}}')).toEqual({ kind: 'greeting', version: '10.{"toString":1}.nothing' });
  expect(parseMessage('{"error":{"class":{"toString":1}},"id":3}')).toEqual({ kind: 'error', id: 3, class: '{"toString":1}', text: 'nothing' });
});
