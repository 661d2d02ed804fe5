/** Reading what somebody else made: never more than a limit comes into memory, whatever the name stands for. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const CHUNK_BYTES = 64 * 1024;

/** How long somebody has who is to write into a named pipe. */
const WRITER_MS = 5_000;
const AGAIN_MS = 10;

/**
 * The bytes of a file; undefined when it has more than `limit`. A device or a pipe has no size to look at before, so that they are
 * counted while they are read. A pipe that nobody opens for writing is given up after {@link WRITER_MS}: opening it would wait for ever otherwise (fifo(7)).
 *
 * @throws what opening and reading fail with; `ETIMEDOUT` for a pipe without writer.
 */
export async function readBounded(path: string, limit: number, writerMs = WRITER_MS): Promise<Buffer | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    const size = found.isFile() ? found.size : 0;
    const patience = found.isFIFO() ? writerMs : 0;
    if (size > limit) return undefined;
    const chunks: Buffer[] = [];
    let length = 0;
    for (;;) {
      // One byte more than is allowed tells whether there is more; files of /proc say that they have none.
      const room = Math.min(Math.max(CHUNK_BYTES, size + 1 - length), limit + 1 - length);
      const { bytesRead, buffer } = await readSome(file, room, length === 0 ? patience : 0);
      if (bytesRead === 0) return Buffer.concat(chunks, length);
      chunks.push(buffer.subarray(0, bytesRead));
      length += bytesRead;
      if (length > limit) return undefined;
    }
  } finally {
    await file.close();
  }
}

/** Some bytes, once there are any; none at the end. */
async function readSome(file: FileHandle, length: number, patience: number): Promise<{ readonly bytesRead: number; readonly buffer: Buffer }> {
  const began = Date.now();
  for (;;) {
    const read = await file.read({ buffer: Buffer.allocUnsafe(length), length, position: null }).catch((error: NodeJS.ErrnoException) => {
      // There is a writer, who has not written yet.
      if (error.code !== 'EAGAIN') throw error;
    });
    // A pipe that nobody has open for writing looks as if it were at its end.
    if (read !== undefined && (read.bytesRead > 0 || patience === 0)) return read;
    if (read !== undefined && Date.now() - began > patience) throw Object.assign(new Error('nobody writes into the pipe'), { code: 'ETIMEDOUT' });
    await sleep(AGAIN_MS);
  }
}

/** The same for a stream, which is read no further than that. */
export async function readStreamBounded(stream: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
