/** Has the build tell whose code it put into the bundle: what is named is what is in there, whatever the sources import. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatNotices, packagesOf, readThirdParty } from './third-party.ts';

/** Beside the command in each package. */
export const NOTICES = 'THIRD-PARTY-NOTICES';
/** Names of the packages in the command and in the page, for what is made of them afterwards. */
export const BUNDLED = { command: 'build/bundled.json', page: 'build/bundled-page.json' } as const;

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

/** Writes down whose code is in a bundle. */
const namesInto =
  (file: string) =>
  async (names: readonly string[]): Promise<void> => {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(names)}\n`);
  };

/** Those of the command. */
export const thirdPartyNotices = notices(NOTICES, namesInto(BUNDLED.command));

/** Those of the page. */
export const pageNotices = notices(NOTICES, namesInto(BUNDLED.page));

/** Those of one bundle of the planner, which is in no package. */
export function plannerNotices(fileName: string): ReturnType<typeof notices> {
  return notices(fileName, async () => undefined);
}
