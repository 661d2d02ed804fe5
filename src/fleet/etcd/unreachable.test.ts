import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { endpointOf } from './endpoint.ts';
import { explainUnreachable } from './unreachable.ts';

const identity = { context: createSecureContext(), user: 'kvm1', ends: new Date(Date.now() + 86_400_000) };

let server: Server;
afterEach(() => void server.close());

describe('why an etcd cannot be reached', () => {
  it.each([
    ['ends every connection at once', (socket: Socket) => socket.destroy(), 'it ends the connection'],
    ['resets every connection', (socket: Socket) => socket.resetAndDestroy(), 'it ends the connection'],
    ['does not speak TLS', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'what answers does not speak TLS'],
  ])('is said of an address that %s', async (_, answer, why) => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      answer(socket);
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, message } = await explainUnreachable([endpointOf(url)], identity);
    expect([code, message]).toEqual(['fleet-unreachable', `no member of the etcd can be used: ${url}: ${why}`]);
  });
});
