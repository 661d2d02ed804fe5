/** Something happens to a guest or to its daemon in the middle of a change: that moment is known from the journal, not from a clock. */
import type { LabHost } from './machine/running.ts';

const JOURNAL = '/var/lib/hostdev/journal';
const LIMIT_MS = 5 * 60_000;
const LOOKS = 6000;

/**
 * Runs a change, and `act` that many milliseconds after the change was written down as begun, which is just before its first call.
 * Rejects when the change never begins.
 */
export async function duringChange(
  host: LabHost,
  change: string,
  delayMs: number,
  act: string,
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
  const size = `$(wc -c 2>/dev/null < ${JOURNAL} || echo 0)`;
  const before = (await host.sh(`echo ${size}`)).trim();
  const whenBegun = `i=0; while [ "${size}" = ${before} ]; do i=$((i+1)); [ $i -lt ${LOOKS} ] || { echo 'no change has begun' >&2; exit 1; }; usleep 20000; done`;
  const [done] = await Promise.all([host.run(change, LIMIT_MS), host.sh(`${whenBegun}; usleep ${delayMs * 1000}; ${act}`, LIMIT_MS)]);
  return done;
}
