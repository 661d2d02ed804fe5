/** Test data of libvirt's own: fetched into the cache, never part of the project. */
import { cached } from '../../lab/cache.ts';
import { downloadSet } from '../../lab/debian/tree.ts';
import { run } from '../../lab/process.ts';

/** What of a source tree is kept: test data, schemas, protocol descriptions. */
const PARTS = ['*/tests', '*/src/conf/schemas', '*/src/remote/*.x', '*/src/rpc/*.x', '*/src/admin/*.x'];

export const CORPORA = {
  '11.3': { set: 'corpus', release: '11.3.0', parts: PARTS },
  // Its tests say by name in C what a QEMU can do; the table of names is in the source.
  '9.0': { set: 'corpus-9.0', release: '9.0.0', parts: [...PARTS, '*/src/qemu/qemu_capabilities.c'] },
} as const;

export type CorpusVersion = keyof typeof CORPORA;

/** Root of the unpacked source tree. */
export function fetchCorpus(version: CorpusVersion): Promise<string> {
  const { set, release, parts } = CORPORA[version];
  return cached(`libvirt-${release}`, async (building) => {
    const [tar = ''] = await downloadSet(set);
    if (!tar.includes(release)) throw new Error(`the mirror's libvirt is not ${release}: ${tar}`);
    await run('tar', ['-x', '-f', tar, '-C', building, '--strip-components=1', '--wildcards', ...parts]);
  });
}
