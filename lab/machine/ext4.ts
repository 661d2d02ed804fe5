/** Images of ext4 file systems. */
import { truncate, writeFile } from 'node:fs/promises';
import { tool } from '../debian/tools.ts';
import { runPipe } from '../process.ts';

/** Makes an image with what is in a tree. Everything in it belongs to root, whoever made the tree. */
export async function makeExt4(tree: string, image: string, bytes: number, options: readonly string[]): Promise<void> {
  await writeFile(image, '');
  await truncate(image, bytes);
  await runPipe([
    ['tar', '-c', '-C', tree, '--owner=0', '--group=0', '--numeric-owner', '--sort=name', '.'],
    [await tool('mke2fs'), '-q', '-F', '-t', 'ext4', ...options, '-m', '0', '-d', '-', image],
  ]);
}
