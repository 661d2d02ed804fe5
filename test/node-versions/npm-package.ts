/** A package of npm's registry as it is, checked against a checksum of ours. The registry is the one that npm is set up for. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProgramError, run } from '../../lab/process.ts';

/** npm could not bring it: no registry that answers, or none that has it. */
export class NotBrought extends Error {}

/** The registry hiccups: a download is tried a few times. */
const TRIES = 3;

/** Downloads `NAME@VERSION` into a directory, which is made anew; returns the archive. */
export async function downloadFromNpm(spec: string, integrity: string, directory: string): Promise<string> {
  if (!(await (answered ??= answers(spec, directory)))) throw new NotBrought("npm's registry does not answer");
  for (let attempt = 1; ; attempt += 1) {
    try {
      const archive = await pack(spec, directory);
      const found = `sha512-${createHash('sha512')
        .update(await readFile(archive))
        .digest('base64')}`;
      if (found !== integrity) throw new Error(`${spec} of npm's registry is not what it was: its checksum is ${found}, not ${integrity}`);
      return archive;
    } catch (error) {
      if (attempt === TRIES) throw error;
      await sleep(attempt * 2000);
    }
  }
}

/** Asked once: where nobody answers, each question takes as long as npm waits. */
let answered: Promise<boolean> | undefined;

async function answers(spec: string, directory: string): Promise<boolean> {
  return npm(['view', spec, 'version', '--fetch-timeout=10000'], directory).then(
    () => true,
    // No such package is an answer too.
    (error: unknown) => error instanceof ProgramError && error.output.includes('E404'),
  );
}

/** Codes of npm that say: the registry, or the way to it. */
const ELSEWHERE = /\b(E404|ETARGET|E403|E5\d\d|ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ENET\w+|EHOST\w+|ERR_SOCKET\w*|\w*CERT\w*|FETCH_ERROR|EIDLETIMEOUT)\b/;

async function pack(spec: string, directory: string): Promise<string> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await npm(['pack', spec, '--ignore-scripts', '--pack-destination', directory], directory).catch((error: Error) => {
    // A full disk or an archive that is not what the registry says is another matter.
    if (!ELSEWHERE.test(error.message)) throw error;
    throw new NotBrought(`npm cannot bring ${spec}`, { cause: error });
  });
  const archive = (await readdir(directory)).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new NotBrought(`npm brought no archive of ${spec}`);
  return join(directory, archive);
}

/** With a cache of its own that goes with the directory: npm's would keep each archive once more, and answer where the registry does not. */
function npm(words: readonly string[], directory: string): Promise<string> {
  const patience = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=3000'];
  return run('npm', [...words, ...patience, '--cache', join(directory, 'cache')]);
}
