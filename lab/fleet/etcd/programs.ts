/** Debian's etcd and etcdctl out of locked packages, run by their own loader. */
import { join } from 'node:path';
import { LIBRARIES } from '../../debian/libraries.ts';
import { cachedTree, ownArchitecture } from '../../debian/tree.ts';

/** Releases that sites have: Debian 13's and Debian 12's. */
export type EtcdRelease = '3.5' | '3.4';

/** Words that begin a command line of one of its programs. */
export async function etcdProgram(release: EtcdRelease, name: 'etcd' | 'etcdctl'): Promise<readonly [program: string, ...args: string[]]> {
  const tree = await cachedTree(`etcd-${release}`);
  const [library = '', loader = ''] = LIBRARIES[ownArchitecture()] ?? [];
  // Debian 12 has the libraries below /lib, which is where packages of today have /usr/lib.
  const libraries = [library, library.replace(/^usr\//, '')].map((each) => join(tree, each)).join(':');
  return [join(tree, library, loader), '--library-path', libraries, join(tree, 'usr/bin', name)];
}
