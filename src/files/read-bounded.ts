/** Reading what somebody else made: never more than a limit comes into memory, whatever the name stands for. */
import { open } from 'node:fs/promises';

const CHUNK_BYTES = 64 * 1024;

/**
 * The bytes of a file; undefined when it has more than `limit`. A device or a pipe has no size to look at before, so that they are
 * counted while they are read.
 *
 * @throws what opening and reading fail with.
 */
export async function readBounded(path: string, limit: number): Promise<Buffer | undefined> {
  const file = await open(path, 'r');
  try {
    const found = await file.stat();
    const size = found.isFile() ? found.size : 0;
    if (size > limit) return undefined;
    const chunks: Buffer[] = [];
    let length = 0;
    for (;;) {
      // One byte more than is allowed tells whether there is more; files of /proc say that they have none.
      const room = Math.min(Math.max(CHUNK_BYTES, size + 1 - length), limit + 1 - length);
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(room), length: room, position: null });
      if (bytesRead === 0) return Buffer.concat(chunks, length);
      chunks.push(buffer.subarray(0, bytesRead));
      length += bytesRead;
      if (length > limit) return undefined;
    }
  } finally {
    await file.close();
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
