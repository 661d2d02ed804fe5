/** One apply is interrupted in the middle: its process is killed there, or the machine reset; `recover` takes back what was done. */
import { expect } from 'vitest';
import { itemsIn } from '../../test/json/items.ts';
import { installCommand } from '../machine/running.ts';
import { COMMAND_MS, WISH_FILE, type WishedHost, writeWish } from './wished-host.ts';

/** What the shell gives for a process that SIGKILL has ended. */
const KILLED = 137;

/** Kinds of steps behind which an apply was killed, a line each; inside. */
const SEEN = '/run/hostdev-apply.seen';

/** How often is recovered what a guest has not let go of yet. */
const TRIES = 10;

/** Shell words that apply the wish as far as there (`lab/crash/held-command.ts`). */
function applyUntil(point: string): string {
  return `HOSTDEV_HOLD='${point}' LC_CTYPE=C.UTF-8 node /share/held/held-command.cjs apply -f ${WISH_FILE} --yes`;
}

/**
 * Behind each kind of step once, each time from what was there before to what is there before; nothing would be begun while something is left to recover.
 * Gives those kinds in their order; then nothing is left to be killed at, and all is as wished.
 */
export async function killBehindSteps(wished: WishedHost, wish: string): Promise<string[]> {
  const { host, see, guestSees } = wished;
  await installCommand(host, 'build/lab/held', 'held');
  await writeWish(wished, wish);
  const before = await see();
  await host.sh(`rm -f ${SEEN}`);
  for (const kinds: string[] = []; ; ) {
    const ended = await host.run(applyUntil(`new:${SEEN} behind killed`), COMMAND_MS);
    if (ended.status === 0) return kinds;
    const kind = (await host.sh(`tail -n 1 ${SEEN}`)).trim();
    expect(ended, `killed behind ${kind}`).toMatchObject({ status: KILLED });
    const line = `killed behind ${kind}: ${await recover(wished)}`;
    expect(await see(), line).toEqual(before);
    await guestSees(before);
    process.stdout.write(`${line}\n`);
    kinds.push(kind);
  }
}

/** Resets the machine behind the first step of a kind. */
export async function resetBehindStep(wished: WishedHost, wish: string, kind: string): Promise<void> {
  await installCommand(wished.host, 'build/lab/held', 'held');
  await writeWish(wished, wish);
  // What is tested is what is written from here on.
  expect(await wished.host.runOrReset(`sync; ${applyUntil(`${kind} behind reset`)}`, COMMAND_MS)).toBeUndefined();
}

interface Recovered {
  readonly verb: string;
  readonly subject: string;
  readonly outcome: string;
}

/** To the end; again where a guest needs longer. What became of each part, in words. */
export async function recover({ host }: Pick<WishedHost, 'host'>): Promise<string> {
  const told: string[] = [];
  for (let tries = 1; ; tries += 1) {
    const { status, stdout, stderr } = await host.hostdev('recover --json', COMMAND_MS);
    const outcomes = itemsIn<Recovered>(stdout);
    told.push(...outcomes.map(({ verb, subject, outcome }) => `${verb} ${subject} ${outcome}`));
    if (status === 0) return told.join(', ');
    if (tries === TRIES || !outcomes.some(({ outcome }) => outcome === 'stuck')) throw new Error(`recover ended with ${status}: ${stderr}${stdout}`);
  }
}
