/** One apply is interrupted behind each of its steps: its process is killed there, or the machine reset; `recover` takes back what was done. */
import { expect } from 'vitest';
import { itemsIn } from '../../test/json/items.ts';
import type { CommandResult } from '../machine/agent.ts';
import { installCommand } from '../machine/running.ts';
import { COMMAND_MS, isClosed, WISH_FILE, type WishedHost, writeWish } from './wished-host.ts';

/** There from when the process has come to its point. */
const HELD = '/run/hostdev-apply.held';

/** What the shell gives for a process that SIGKILL has ended. */
const KILLED = 137;

/** How often is recovered what a guest has not let go of yet. */
const TRIES = 10;

/** Shell words that apply the wish up to a step, and do `act` behind it; $p is its process. The status is that of the apply where it has no such step. */
function upTo(step: number, act: string): string {
  return `rm -f ${HELD}
    HOSTDEV_HOLD='${step} behind ${HELD}' LC_CTYPE=C.UTF-8 node /share/held/held-command.cjs apply -f ${WISH_FILE} --yes & p=$!
    while [ ! -e ${HELD} ]; do [ -d /proc/$p ] || { wait $p; exit; }; usleep 50000; done
    ${act}`;
}

/** Each time from what was there before to what is there before; gives a line a step. Once nothing is left to be killed at, all is as wished. */
export async function killBehindSteps(wished: WishedHost, wish: string): Promise<string[]> {
  const { host, see, guestSees } = wished;
  await installCommand(host, 'build/lab/held', 'held');
  await writeWish(wished, wish);
  const before = await see();
  const lines: string[] = [];
  for (let step = 0; ; step += 1) {
    const ended = await host.run(upTo(step, 'kill -9 $p; wait $p'), COMMAND_MS);
    if (ended.status === 0) return lines;
    expect(ended, `killed behind step ${step}`).toMatchObject({ status: KILLED });
    const line = `killed behind step ${step}: ${await recover(wished)}`;
    expect(await see(), line).toEqual(before);
    await guestSees(before);
    await isClosed(wished);
    process.stdout.write(`${line}\n`);
    lines.push(line);
  }
}

/** The kernel's own reset: nothing is written back, nobody is told. */
const RESET = 'echo b > /proc/sysrq-trigger; sleep 60';

/** Resets the machine behind a step of an apply. */
export async function resetBehindStep(wished: WishedHost, wish: string, step: number): Promise<void> {
  await installCommand(wished.host, 'build/lab/held', 'held');
  await writeWish(wished, wish);
  await isReset(wished, upTo(step, RESET));
}

/** Resets the machine when nothing goes on. */
export function resetIdle(wished: WishedHost): Promise<void> {
  return isReset(wished, `sync; ${RESET}`);
}

async function isReset({ host }: WishedHost, script: string): Promise<void> {
  const ended: CommandResult | undefined = await host.runOrReset(script, COMMAND_MS);
  expect(ended).toBeUndefined();
}

interface Recovered {
  readonly verb: string;
  readonly subject: string;
  readonly outcome: string;
}

/** To the end; again where a guest needs longer. What became of each part, in words. */
export async function recover({ host }: WishedHost): Promise<string> {
  const told: string[] = [];
  for (let tries = 1; ; tries += 1) {
    const { status, stdout, stderr } = await host.hostdev('recover --json', COMMAND_MS);
    const outcomes = itemsIn<Recovered>(stdout);
    told.push(...outcomes.map(({ verb, subject, outcome }) => `${verb} ${subject} ${outcome}`));
    if (status === 0) return told.join(', ');
    if (tries === TRIES || !outcomes.some(({ outcome }) => outcome === 'stuck')) throw new Error(`recover ended with ${status}: ${stderr}${stdout}`);
  }
}
