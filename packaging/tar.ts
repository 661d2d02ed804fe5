/** Archives that come out the same from the same files, whoever packs them and when. */
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { run } from '../lab/process.ts';

/** Packs `members` of a directory into a gzipped tar file of root's. */
export async function packTar(file: string, directory: string, { members, date }: { readonly members: readonly string[]; readonly date: Date }): Promise<void> {
  const plain = `${file}.tar`;
  const same = ['--format=gnu', '--sort=name', '--owner=root:0', '--group=root:0', '--mode=u+rwX,go+rX,go-w', `--mtime=@${Math.floor(date.getTime() / 1000)}`];
  await run('tar', ['-c', '-f', plain, ...same, '-C', directory, ...members]);
  await pipeline(createReadStream(plain), createGzip(), createWriteStream(`${file}.new`));
  await rm(plain);
  await rename(`${file}.new`, file);
}
