/** Which hostdev is packaged, and of when: the same sources give the same packages. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Edition {
  readonly version: string;
  readonly date: Date;
}

/** Version of package.json; the date of the last commit, or what SOURCE_DATE_EPOCH says (reproducible-builds.org). */
export function thisEdition(env: NodeJS.ProcessEnv = process.env): Edition {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const given = env['SOURCE_DATE_EPOCH'];
  return { version, date: new Date(Number(given === undefined || given === '' ? commitSeconds() : given) * 1000) };
}

function commitSeconds(): string {
  try {
    return execFileSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    // No clone, but an archive of the sources.
    return String(Math.floor(Date.now() / 1000));
  }
}
