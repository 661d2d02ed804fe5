/** The licences of everything that the built command consists of. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUNDLED } from './plugin.ts';
import { readThirdParty, type ThirdParty } from './third-party.ts';

/** The one dependency that is not in the bundle: it stands beside it. */
export const DEPENDENCY = 'libxml2-wasm';

export interface Licences {
  /** In the bundle of the command. */
  readonly bundled: readonly ThirdParty[];
  /** In that of the page. */
  readonly page: readonly ThirdParty[];
  readonly beside: ThirdParty;
  /** What is compiled into that in turn, libxml2, has a licence of its own. */
  readonly libxml2: string;
}

/** What has been built before (`npm run build`) is what is asked. */
export async function readLicences(): Promise<Licences> {
  return {
    bundled: await packagesNamedIn(BUNDLED.command),
    page: await packagesNamedIn(BUNDLED.page),
    beside: await readThirdParty(DEPENDENCY),
    libxml2: await readFile(join('node_modules', DEPENDENCY, 'LICENSE.libxml2'), 'utf8'),
  };
}

async function packagesNamedIn(file: string): Promise<readonly ThirdParty[]> {
  const names = JSON.parse(await readFile(file, 'utf8')) as string[];
  return Promise.all(names.map((name) => readThirdParty(name)));
}
