/** A domain XML file: read whole, replaced atomically, never half written. */
import { type FileHandle, open, readlink, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { randomBytes } from 'node:crypto';
import { HostdevError } from '../errors.ts';
import { explainUnread, whyUnwritten } from '../files/explain.ts';
import { readBounded } from '../files/read-bounded.ts';
import { syncDirectory } from '../files/sync-directory.ts';
import { XML_LIMITS } from '../xml/parse.ts';
import { decodeXml, encodeXml, type XmlEncoding } from '../xml/encoding.ts';

export interface DomainFile {
  /** As the user wrote it; `-` is standard input. */
  readonly name: string;
  readonly text: string;
  readonly encoding: XmlEncoding;
  /** Enough to notice that somebody else changed the file meanwhile; undefined for standard input. */
  readonly stamp: string | undefined;
}

/** The parser has limits of its own, in characters. */
const MOST_BYTES = 2 * XML_LIMITS.maxLength;

/** Reads standard input to its end; undefined when it has more than `limit` bytes. */
export type ReadStdin = (limit: number) => Promise<Uint8Array | undefined>;

/** @throws {HostdevError} `file-not-found`, `file-unreadable`, `xml-too-large`, or what {@link decodeXml} throws. */
export async function readDomainFile(name: string, stdin: ReadStdin): Promise<DomainFile> {
  if (name === '-') return { name: 'stdin', ...decodeXml((await stdin(MOST_BYTES)) ?? tooLarge('standard input'), 'stdin'), stamp: undefined };
  try {
    const stamp = await stampOf(name);
    return { name, ...decodeXml((await readBounded(name, MOST_BYTES)) ?? tooLarge(name), name), stamp };
  } catch (error) {
    throw explainUnread(error, { name, hint: HOW_TO_GET_ONE });
  }
}

/** Standard input and other open files by their names in /proc: what is behind them is not what was named. */
const DESCRIPTOR = /^\/proc\/[^/]+(?:\/task\/\d+)?\/fd\/\d+$|^\/dev\/(?:stdin|stdout|stderr|fd\/\d+)$/;

/**
 * Refuses what is no file that can be replaced, before anything is read: a pipe would be waited for.
 *
 * @throws {HostdevError} `file-unwritable`.
 */
export async function requireReplaceable(name: string): Promise<void> {
  const found = await stat(name).catch(() => undefined);
  if (found === undefined || found.isDirectory() || (found.isFile() && !(await isDescriptor(name)))) return;
  throw new HostdevError('file-unwritable', `${name} is not a regular file, so it cannot be changed in place`, {
    subject: name,
    hint: 'name the file itself, or add --dry-run to get a diff',
  });
}

/** Follows symbolic links one by one: /dev/stdin leads over /proc/self/fd/0 to whatever a shell has opened. */
async function isDescriptor(name: string): Promise<boolean> {
  let path = resolve(name);
  for (let links = 0; links < MOST_LINKS; links += 1) {
    if (DESCRIPTOR.test(path)) return true;
    const target = await readlink(path).catch(() => undefined);
    if (target === undefined) return false;
    path = resolve(dirname(path), target);
  }
  return false;
}

/** More than these the kernel does not follow either (path_resolution(7)). */
const MOST_LINKS = 40;

/**
 * Replaces the file with new text: written beside it, synced, renamed over it. Mode and owner stay; a
 * symbolic link stays one.
 *
 * @throws {HostdevError} `file-changed` when it is not what was read any more, `file-unwritable`.
 */
export async function replaceDomainFile(file: DomainFile, text: string): Promise<void> {
  const target = await realpath(file.name).catch((error: unknown) => {
    throw explainUnread(error, { name: file.name, hint: HOW_TO_GET_ONE });
  });
  const beside = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const found = await stat(target);
    if (!found.isFile())
      throw new HostdevError('file-unwritable', `${file.name} is not a regular file`, {
        subject: file.name,
        hint: 'name a file, or add --dry-run to get a diff',
      });
    const { mode, uid, gid } = found;
    const handle = await open(beside, 'wx', mode & 0o7777);
    try {
      await handle.writeFile(encodeXml(text, file.encoding));
      await handle.chmod(mode & 0o7777);
      await keepOwner(handle, uid, gid, file.name);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if ((await stampOf(file.name)) !== file.stamp) {
      throw new HostdevError('file-changed', `${file.name} was changed by somebody else meanwhile; nothing was written`, {
        subject: file.name,
        hint: 'run the command again',
      });
    }
    await rename(beside, target);
  } catch (error) {
    await unlink(beside).catch(() => undefined);
    if (error instanceof HostdevError) throw error;
    throw new HostdevError('file-unwritable', `${file.name} cannot be written: ${whyUnwritten(error)}`, {
      subject: file.name,
      hint: 'check the rights of the file and of its directory; nothing was changed',
      cause: error,
    });
  }
  // The file is replaced. A directory that may not be read cannot be synced, and is written soon all the same.
  await syncDirectory(dirname(target)).catch(() => undefined);
}

function tooLarge(name: string): never {
  throw new HostdevError('xml-too-large', `${name} has more than the ${MOST_BYTES} bytes that hostdev reads`, {
    subject: name,
    hint: 'no libvirt definition is this large; check what the file is',
  });
}

/** Only root may give files away: a file of somebody else's that we may replace would silently become ours. */
async function keepOwner(handle: FileHandle, uid: number, gid: number, name: string): Promise<void> {
  const now = await handle.stat();
  if (now.uid === uid && now.gid === gid) return;
  try {
    await handle.chown(uid, gid);
  } catch (cause) {
    throw new HostdevError('file-unwritable', `${name} belongs to somebody else, and would not any more`, {
      subject: name,
      hint: 'run the command as its owner or as root; nothing was changed',
      cause,
    });
  }
}

async function stampOf(name: string): Promise<string> {
  const { ino, size, mtimeNs, ctimeNs } = await stat(name, { bigint: true });
  return `${ino}.${size}.${mtimeNs}.${ctimeNs}`;
}

const HOW_TO_GET_ONE = "give the path of a domain XML file ('virsh dumpxml --inactive GUEST > guest.xml' makes one)";
