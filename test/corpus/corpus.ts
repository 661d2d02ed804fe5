/** libvirt 11.3.0's own test data: fetched into the cache, never part of the project. */
import { cached } from '../../lab/cache.ts';
import { downloadSet } from '../../lab/debian/tree.ts';
import { run } from '../../lab/process.ts';

/** What of the source tree is kept: test data, schemas, protocol descriptions. */
const PARTS = ['*/tests', '*/src/conf/schemas', '*/src/remote/*.x', '*/src/rpc/*.x', '*/src/admin/*.x'];

/** Root of the unpacked source tree. */
export function fetchCorpus(): Promise<string> {
  return cached('libvirt-11.3.0', async (building) => {
    const [tar = ''] = await downloadSet('corpus');
    if (!tar.includes('11.3.0')) throw new Error(`the mirror's libvirt is not 11.3.0: ${tar}`);
    await run('tar', ['-x', '-f', tar, '-C', building, '--strip-components=1', '--wildcards', ...PARTS]);
  });
}
