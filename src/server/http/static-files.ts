/** The files of the page: read once, known by their exact names, so that no address leads to any other file. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { HostdevError } from '../../errors.ts';
import { wordTable } from '../../word-table.ts';
import type { Answer } from './answer.ts';

const TYPES = wordTable({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
});

/** What is compressed already gets no smaller. */
const COMPRESSED: ReadonlySet<string> = new Set(['.png', '.woff2', '.ico']);

interface StaticFile {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
  readonly gzip: Buffer | undefined;
}

export interface StaticFiles {
  readonly send: (request: IncomingMessage, response: ServerResponse, path: string) => Answer | undefined;
}

const compress = promisify(gzip) as (bytes: Buffer, options: { readonly level: number }) => Promise<Buffer>;

/** Reads the page; without it only the API is answered. */
export async function staticFiles(directory: string | undefined): Promise<StaticFiles> {
  const files = new Map<string, StaticFile>();
  for (const [name, bytes] of directory === undefined ? [] : await filesIn(directory)) {
    const ending = extname(name);
    // A weak one: it is the same for both codings (RFC 9110, section 8.8.3.3).
    const etag = `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    const small = COMPRESSED.has(ending) ? undefined : await compress(bytes, { level: 9 });
    files.set(name, { type: TYPES[ending] ?? 'application/octet-stream', etag, bytes, gzip: small });
  }
  return { send: (request, response, path) => sendFile(files, request, response, path) };
}

async function filesIn(directory: string): Promise<readonly (readonly [name: string, bytes: Buffer])[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.map(async (path) => [`/${relative(directory, path).split(sep).join('/')}`, await readFile(path)] as const));
}

/** Names with a hash of what is in them stay the same for ever. */
const HASHED = /[-.][\w-]{8,}\.(?:js|css|woff2|svg|png)$/;

function sendFile(files: ReadonlyMap<string, StaticFile>, request: IncomingMessage, response: ServerResponse, path: string): Answer | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new HostdevError('method-unknown', `there is no ${request.method} of a file`, { details: { headers: { Allow: 'GET, HEAD' } } });
  }
  // Places of the page have no ending: it reads them itself.
  const name = files.has(path) || extname(path) !== '' ? path : '/index.html';
  const file = files.get(name);
  if (file === undefined) {
    const hint = files.size === 0 ? 'this hostdev was built without the page; /api/v1 is there' : undefined;
    throw new HostdevError('resource-unknown', 'there is nothing at that address', { hint });
  }
  response.setHeader('ETag', file.etag);
  response.setHeader('Vary', 'Accept-Encoding');
  response.setHeader('Cache-Control', HASHED.test(name) ? 'private, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match']?.split(',').some((each) => isSameTag(each, file.etag)) === true) return { status: 304 };
  const bytes = takesGzip(request.headers['accept-encoding']?.toString()) ? (file.gzip ?? file.bytes) : file.bytes;
  if (bytes === file.gzip) response.setHeader('Content-Encoding', 'gzip');
  response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': bytes.length });
  response.end(request.method === 'HEAD' ? undefined : bytes);
  return undefined;
}

/** RFC 9110, section 13.1.2: tags are compared without whether they are weak. */
function isSameTag(one: string, other: string): boolean {
  return one.trim().replace(/^W\//, '') === other.replace(/^W\//, '');
}

/** RFC 9110, section 12.5.3: codings between commas, each with a weight; 0 is none at all. */
function takesGzip(accepts = ''): boolean {
  const weights = new Map(
    accepts
      .toLowerCase()
      .split(',')
      .map((each) => each.split(';').map((part) => part.trim()))
      .map(([coding = '', ...rest]) => [coding, Number(rest.find((part) => part.startsWith('q='))?.slice(2) ?? 1)] as const),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}
