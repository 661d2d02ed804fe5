/** Has the build tell whose code it put into the bundle: what is named is what is in there, whatever the sources import. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatNotices, packagesOf, readThirdParty } from './third-party.ts';

/** Beside the command in each package. */
export const NOTICES = 'THIRD-PARTY-NOTICES';
/** Names of the packages, for what is made of the bundle afterwards. */
export const BUNDLED = 'build/bundled.json';

/** What of rolldown's bundle is looked at. */
interface Chunk {
  readonly type: 'chunk' | 'asset';
  /** Only those of which something is left after unused code is taken out. */
  readonly moduleIds?: readonly string[];
}

interface Emitter {
  emitFile: (file: { type: 'asset'; fileName: string; source: string }) => unknown;
}

/** A plugin of rolldown: writes the notices beside the bundle, and tells whose code it is. */
function notices(fileName: string, told: (names: readonly string[]) => Promise<void>) {
  return {
    name: 'third-party-notices',
    async generateBundle(this: Emitter, _: unknown, bundle: Readonly<Record<string, Chunk>>): Promise<void> {
      const names = packagesOf(Object.values(bundle).flatMap(({ moduleIds = [] }) => moduleIds));
      const packages = await Promise.all(names.map((name) => readThirdParty(name)));
      this.emitFile({ type: 'asset', fileName, source: formatNotices(packages) });
      await told(names);
    },
  };
}

/** Those of the command. */
export const thirdPartyNotices = notices(NOTICES, async (names) => {
  await mkdir(dirname(BUNDLED), { recursive: true });
  await writeFile(BUNDLED, `${JSON.stringify(names)}\n`);
});

/** Those of one bundle of the page. */
export function pageNotices(fileName: string): ReturnType<typeof notices> {
  return notices(fileName, async () => undefined);
}
