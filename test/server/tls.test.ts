/** Beyond loopback: TLS and a password, with a certificate that is made for the test. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { requireHost, requireOrigin } from '../../src/server/http/origin.ts';
import { parseListenAddress } from '../../src/server/listen/address.ts';
import { ownOrigins } from '../../src/server/listen/own-names.ts';
import { serve } from '../../src/server/serve.ts';
import { passwordOf } from '../../src/server/sign-in/password.ts';
import { describeUnless } from '../skip.ts';
import { BLIND_HOST } from './blind-host.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

function certificate(names = 'DNS:kvm7.example.org,IP:192.0.2.7'): { readonly cert: Buffer; readonly key: Buffer } {
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-tls-'));
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=hostdev'];
  const made = spawnSync('openssl', [...words, '-addext', `subjectAltName=${names}`, '-keyout', key, '-out', cert], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(made.stderr);
  return { cert: readFileSync(cert), key: readFileSync(key) };
}

describeUnless(hasOpenssl ? '' : 'openssl is not installed', 'a server that others reach', () => {
  it('listens on every address, signs in by the password alone, and keeps the cookie to TLS', { timeout: 60_000 }, async () => {
    const tls = certificate();
    const password = await passwordOf('a horse, a battery, a staple');
    const server = await serve(BLIND_HOST, { listen: parseListenAddress('0.0.0.0:0'), tls, password, user: 'root', onBug: () => undefined });
    const port = Number(server.where.split(':')[1]);
    const ask = (options: RequestOptions, body?: object): Promise<{ status: number | undefined; cookie: string | undefined; text: string }> =>
      new Promise((resolve, reject) => {
        const headers = { Host: `127.0.0.1:${port}`, 'Content-Type': 'application/json', ...options.headers };
        const asked = request(
          { host: '127.0.0.1', port, ca: tls.cert, servername: 'kvm7.example.org', checkServerIdentity: () => undefined, agent: false, ...options, headers },
          (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (part: string) => (text += part));
            response.on('end', () => resolve({ status: response.statusCode, cookie: response.headers['set-cookie']?.[0], text }));
          },
        );
        asked.on('error', reject);
        asked.end(body === undefined ? undefined : JSON.stringify(body));
      });
    try {
      expect(server.link).toBe(`https://${hostname()}:${port}/`.toLowerCase());
      const session = { method: 'POST', path: '/api/v1/session' };
      expect((await ask(session, { password: 'a horse' })).status).toBe(401);
      const signedIn = await ask(session, { password: 'a horse, a battery, a staple' });
      expect([signedIn.status, signedIn.cookie]).toEqual([
        201,
        expect.stringMatching(/^__Host-hostdev-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/),
      ]);
      const cookie = signedIn.cookie?.split(';')[0] ?? '';
      const askedAs = async (name: string): Promise<number | undefined> =>
        (await ask({ path: '/api/v1/session', headers: { Cookie: cookie, Host: `${name}:${port}` } })).status;
      // Its own addresses, and the names in its certificate.
      for (const name of ['127.0.0.1', hostname(), 'kvm7.example.org', 'KVM7.example.org', '192.0.2.7'])
        expect([name, await askedAs(name)]).toEqual([name, 200]);
      for (const name of ['evil.example', 'kvm7.example.org.evil.example', '192.0.2.8']) expect([name, await askedAs(name)]).toEqual([name, 403]);
    } finally {
      await server.close();
    }
  });

  it('is known by every name that its certificate is for: any one of a domain, and addresses as browsers write them', () => {
    const listen = parseListenAddress('0.0.0.0:7788');
    const certified = certificate('DNS:*.example.org,IP:2001:db8::7').cert;
    const origins = ownOrigins({ listen, bound: { address: '0.0.0.0', port: 7788, family: 'IPv4' }, certificate: certified });
    const isLetIn = (host: string): boolean => {
      try {
        requireHost(origins, { headers: { host } } as IncomingMessage);
        requireOrigin(origins, { headers: { origin: `https://${host}` } } as IncomingMessage);
        return true;
      } catch {
        return false;
      }
    };
    const own = ['kvm7.example.org:7788', 'KVM8.Example.org:7788', '[2001:db8::7]:7788'];
    const others = [
      'example.org:7788',
      'a.kvm7.example.org:7788',
      '.example.org:7788',
      'kvm7.example.org',
      'kvm7.example.org:1',
      'evil.example:7788',
      '[2001:db8::8]:7788',
    ];
    expect([...own, ...others].filter(isLetIn)).toEqual(own);
  });

  it('says what is wrong with a certificate', async () => {
    const tls = { cert: 'no certificate', key: certificate().key };
    const started = serve(BLIND_HOST, { listen: parseListenAddress('127.0.0.1:0'), tls, user: 'root', onBug: () => undefined });
    await expect(started).rejects.toMatchObject({ code: 'listen-impossible', message: expect.stringMatching(/^certificate and key cannot be used/) as string });
  });
});
