/** Fetching one file into a directory: continued where it was cut, tried again, and taken only with its right hash. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvHttpProxyAgent, fetch, type Headers } from 'undici';

/** What came of asking a place. */
export type Answer =
  /** It has the file, and its hash is right. */
  | { readonly kind: 'whole' }
  /** It says that it has no such file. */
  | { readonly kind: 'absent'; readonly words: string }
  /** It has something else under that name. */
  | { readonly kind: 'wrong'; readonly words: string }
  /** It did not let us have it, or did not answer at all. */
  | { readonly kind: 'failed'; readonly words: string; readonly isSilent: boolean };

export interface Wanted {
  readonly size: number;
  readonly sha256: string;
}

export interface DownloadOptions {
  /** Told of bytes as they come; negative when some have to be fetched again. */
  readonly onBytes?: ((count: number) => void) | undefined;
  /** How often a place that fails without anything new is asked; the default is {@link TRIES}. */
  readonly tries?: number;
  /** Waited before a try; twice as long after each that brought nothing. */
  readonly waitMs?: number;
}

/** Mirrors hiccup. */
const TRIES = 4;
const MOST_TRIES = 50;
const WAIT_MS = 1000;
/** Nothing heard for that long is an end. */
const SILENCE_MS = 30_000;
const CONNECT_MS = 10_000;
/** Slower than that for longer than that is as good as silent. */
const LEAST_BYTES_PER_SECOND = 1024;
const SLOW_MS = 60_000;
/** What goes wrong here, and not there. */
const LOCAL = new Set(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EMFILE', 'ENFILE', 'EIO', 'EISDIR', 'ENOTDIR']);
/** Proxies of the environment are for packages too. */
let made: EnvHttpProxyAgent | undefined;

function agent(): EnvHttpProxyAgent {
  const { http_proxy, https_proxy, HTTP_PROXY, HTTPS_PROXY } = process.env;
  const [httpProxy, httpsProxy] = [proxyAddress(http_proxy ?? HTTP_PROXY), proxyAddress(https_proxy ?? HTTPS_PROXY)];
  made ??= new EnvHttpProxyAgent({
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...{ connect: { timeout: CONNECT_MS }, headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS },
  });
  return made;
}

/** Other programs take `proxy:3128` as well. */
function proxyAddress(given: string | undefined): string | undefined {
  if (given === undefined || given === '') return undefined;
  const address = given.includes('://') ? given : `http://${given}`;
  if (!URL.canParse(address)) throw new Error(`http_proxy or https_proxy is ${JSON.stringify(given)}: it has to be an address like http://proxy:3128`);
  return address;
}

/** Fetches a file to `to`; what has come of it before is in `to`.part and is not fetched again. */
export async function download(url: string, to: string, wanted: Wanted, options: DownloadOptions = {}): Promise<Answer> {
  const { tries = TRIES, waitMs = WAIT_MS } = options;
  await mkdir(dirname(to), { recursive: true });
  let failures = 0;
  let had = await sizeOf(`${to}.part`);
  options.onBytes?.(had);
  for (let attempt = 1; ; attempt += 1) {
    const answer = await attemptDownload(url, to, wanted, options);
    const has = await sizeOf(`${to}.part`);
    // A place that is cut again and again, but further each time, is worth another try.
    failures = has > had ? 0 : failures + 1;
    had = has;
    if (answer.kind !== 'failed' || failures >= tries || attempt >= MOST_TRIES) return answer;
    await sleep(waitMs * 2 ** failures);
  }
}

async function attemptDownload(url: string, to: string, wanted: Wanted, { onBytes }: DownloadOptions): Promise<Answer> {
  const part = `${to}.part`;
  let had = await sizeOf(part);
  if (had > wanted.size) {
    await restart(part, had, onBytes);
    had = 0;
  }
  try {
    if (had < wanted.size) {
      const response = await fetch(url, { dispatcher: agent(), headers: had > 0 ? { range: `bytes=${had}-` } : {} });
      if (response.status === 404 || response.status === 410) {
        await response.body?.cancel();
        return { kind: 'absent', words: `HTTP ${response.status}` };
      }
      const continues = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${had}-`) === true;
      if (!continues && response.status !== 200) {
        await response.body?.cancel();
        // What we have cannot be continued there: it is fetched whole the next time.
        if (response.status === 416 || response.status === 206) await restart(part, had, onBytes);
        return { kind: 'failed', words: `HTTP ${response.status}`, isSilent: false };
      }
      const length = lengthOf(response.headers);
      if (length !== undefined && length !== wanted.size) {
        await response.body?.cancel();
        return { kind: 'wrong', words: `${length} bytes instead of ${wanted.size}` };
      }
      if (!continues && had > 0) await restart(part, had, onBytes);
      const tooLong = await append(part, continues ? had : 0, response.body as AsyncIterable<Uint8Array> | null, wanted.size, onBytes);
      if (tooLong) {
        await restart(part, wanted.size, onBytes);
        return { kind: 'wrong', words: `longer than ${wanted.size} bytes` };
      }
    }
  } catch (error) {
    // The disk is full, say: no other place would help.
    if (LOCAL.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return { kind: 'failed', words: reasonOf(error), isSilent: true };
  }
  const size = await sizeOf(part);
  if (size < wanted.size) return { kind: 'failed', words: `ended after ${size} of ${wanted.size} bytes`, isSilent: false };
  const sha256 = await hashOf(part);
  if (sha256 !== wanted.sha256) {
    await restart(part, size, onBytes);
    // What had come before may be of another place, and this one right.
    if (had > 0) return attemptDownload(url, to, wanted, { onBytes });
    return { kind: 'wrong', words: `SHA-256 ${sha256.slice(0, 16)}… instead of ${wanted.sha256.slice(0, 16)}…` };
  }
  await rename(part, to);
  return { kind: 'whole' };
}

/** How long the whole file is there; undefined when it is not said. */
function lengthOf(headers: Headers): number | undefined {
  const text = headers.get('content-range')?.split('/')[1] ?? headers.get('content-length');
  const length = Number(text ?? Number.NaN);
  return headers.has('content-encoding') || !Number.isInteger(length) ? undefined : length;
}

async function restart(part: string, bytes: number, onBytes: DownloadOptions['onBytes']): Promise<void> {
  await rm(part, { force: true });
  onBytes?.(-bytes);
}

/** Writes what comes behind the first `from` bytes; true when more comes than there may be. */
async function append(
  part: string,
  from: number,
  body: AsyncIterable<Uint8Array> | null,
  limit: number,
  onBytes: DownloadOptions['onBytes'],
): Promise<boolean> {
  const file = await open(part, from > 0 ? 'a' : 'w');
  try {
    let size = from;
    const begin = Date.now();
    for await (const chunk of body ?? []) {
      if (Date.now() - begin > SLOW_MS && size - from < ((Date.now() - begin) / 1000) * LEAST_BYTES_PER_SECOND) throw new Error('too slow');
      if (size + chunk.length > limit) {
        onBytes?.(limit - size);
        return true;
      }
      await file.writeFile(chunk);
      size += chunk.length;
      onBytes?.(chunk.length);
    }
    return false;
  } finally {
    await file.close();
  }
}

/** Whether a file is there whole and right. */
export async function isWhole(path: string, wanted: Wanted): Promise<boolean> {
  return (await sizeOf(path)) === wanted.size && (await hashOf(path)) === wanted.sha256;
}

/** Indexes are smaller. */
const LONGEST_TEXT = 8 * 1024 * 1024;

/**
 * A text whose hash nobody knows beforehand; undefined when the place says that it has none.
 *
 * @throws when the place does not answer.
 */
export async function fetchText(url: string, waitMs = WAIT_MS): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(url, { dispatcher: agent() });
      if (response.status !== 200) await response.body?.cancel();
      if (response.status === 404 || response.status === 410) return undefined;
      if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
      const parts: Uint8Array[] = [];
      let size = 0;
      for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        parts.push(part);
        size += part.length;
        if (size > LONGEST_TEXT) throw new Error(`longer than ${LONGEST_TEXT} bytes`);
      }
      return Buffer.concat(parts).toString();
    } catch (error) {
      if (attempt >= TRIES) throw new Error(`${url}: ${reasonOf(error)}`, { cause: error });
      await sleep(waitMs * attempt);
    }
  }
}

/** Whether a place has a file, without fetching it. */
export async function isThere(url: string): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { status } = await fetch(url, { method: 'HEAD', dispatcher: agent() });
      if (status === 200) return true;
      if (status === 404 || status === 410) return false;
      if (attempt >= TRIES) throw new Error(`${url}: HTTP ${status}`);
    } catch (error) {
      if (attempt >= TRIES) throw new Error(`${url}: ${reasonOf(error)}`, { cause: error });
    }
    await sleep(WAIT_MS * attempt);
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: unknown };
  if (cause instanceof Error) return cause.message || ((cause as NodeJS.ErrnoException).code ?? cause.name);
  return message ?? String(error);
}
