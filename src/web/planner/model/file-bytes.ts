/** What is in a file that somebody has chosen or dropped. */

/** Undefined, and nothing is read, where there is more: whoever drops the disk of a guest does not lose the tab by it. */
export async function bytesOf(file: Pick<Blob, 'size' | 'arrayBuffer'>, most: number): Promise<Uint8Array | undefined> {
  return file.size > most ? undefined : new Uint8Array(await file.arrayBuffer());
}
