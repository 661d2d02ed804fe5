/** The files of the page, as a browser asks for them. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProblemDetails } from '../../src/server/api/problem-details.ts';
import { openServer, type ServerScene } from './scene.ts';

const SCRIPT = 'const page = 1;\n'.repeat(100);

let scene: ServerScene;
beforeEach(async () => {
  const web = mkdtempSync(join(tmpdir(), 'hostdev-page-'));
  mkdirSync(join(web, 'assets'));
  writeFileSync(join(web, 'index.html'), '<!doctype html>');
  writeFileSync(join(web, 'assets/index-ErekiVru.js'), SCRIPT);
  writeFileSync(join(web, 'assets/icon.svg'), '<svg/>');
  scene = await openServer({ webDirectory: web, signedOut: true });
});
afterEach(() => scene.end());

describe('the files of the page', () => {
  it.each([
    ['/', 200, 'text/html; charset=utf-8'],
    ['/guests/db1', 200, 'text/html; charset=utf-8'],
    ['/assets/index-ErekiVru.js', 200, 'text/javascript; charset=utf-8'],
    ['/assets/icon.svg', 200, 'image/svg+xml'],
    ['/assets/gone.js', 404, 'application/problem+json'],
  ])('%s is %s %s, whoever asks', async (path, status, type) => {
    const reply = await scene.raw('GET', path);
    expect([reply.status, reply.headers['content-type']]).toEqual([status, type]);
  });

  it('what is asked for again and is the same is not sent again', async () => {
    const { etag = '' } = (await scene.raw('GET', '/')).headers;
    const again = await scene.raw('GET', '/', { headers: { 'If-None-Match': `"another", ${etag}` } });
    expect([again.status, again.text]).toEqual([304, '']);
    // What stands between may have made the tag a weak one (RFC 9110, section 8.8.3.2).
    expect((await scene.raw('GET', '/', { headers: { 'If-None-Match': `W/${etag.replace('W/', '')}` } })).status).toBe(304);
    expect((await scene.raw('GET', '/', { headers: { 'If-None-Match': '"another"' } })).status).toBe(200);
  });

  it('names with a hash are kept for ever, others asked for each time', async () => {
    expect((await scene.raw('GET', '/assets/index-ErekiVru.js')).headers['cache-control']).toBe('private, max-age=31536000, immutable');
    expect((await scene.raw('GET', '/')).headers['cache-control']).toBe('no-cache');
  });

  it('go compressed to whoever takes that', async () => {
    const request = scene.open('/assets/index-ErekiVru.js', { 'Accept-Encoding': 'br, gzip' });
    const [headers, bytes] = await new Promise<[Record<string, unknown>, Buffer]>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => void chunks.push(chunk));
        response.on('end', () => resolve([response.headers, Buffer.concat(chunks)]));
      });
      request.end();
    });
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(bytes.length).toBeLessThan(SCRIPT.length / 4);
    expect(gunzipSync(bytes).toString()).toBe(SCRIPT);
    expect((await scene.raw('GET', '/assets/index-ErekiVru.js')).text).toBe(SCRIPT);
  });

  it.each(['gzip;q=0', 'br, gzip; q=0.000', 'x-gzip-like', 'identity'])('go as they are to whoever takes %s', async (accepts) => {
    const { headers, text } = await scene.raw('GET', '/assets/index-ErekiVru.js', { headers: { 'Accept-Encoding': accepts } });
    expect([headers['content-encoding'], text]).toEqual([undefined, SCRIPT]);
  });

  it.each(['gzip;q=0.5', 'GZIP', '*'])('go compressed to whoever takes %s', async (accepts) => {
    expect((await scene.raw('HEAD', '/assets/index-ErekiVru.js', { headers: { 'Accept-Encoding': accepts } })).headers['content-encoding']).toBe('gzip');
  });

  it('are only read', async () => {
    const reply = await scene.raw('POST', '/', { body: {} });
    expect([reply.status, reply.headers.allow, reply.json<ProblemDetails>().code]).toEqual([405, 'GET, HEAD', 'method-unknown']);
    const head = await scene.raw('HEAD', '/');
    expect([head.status, head.headers['content-length'], head.text]).toEqual([200, '15', '']);
  });

  it('what is missing in a build is said, and the API is there', async () => {
    const without = await openServer();
    expect((await without.raw('GET', '/')).json<ProblemDetails>()).toMatchObject({ status: 404, hint: expect.stringContaining('without the page') as string });
    expect((await without.ask('GET', '/state')).status).toBe(200);
    await without.end();
  });
});
