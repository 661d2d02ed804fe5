/** What can be said of an emulated host that has not answered in time: whether it lives, and what it waits for. */
import { readFile } from 'node:fs/promises';
import { connectQmp } from '../../src/qmp/client/qmp.ts';
import type { Agent } from './agent.ts';

export interface Silence {
  /** The host itself has stopped: nothing will be answered any more. */
  readonly isDead: boolean;
  readonly words: string;
}

export interface SilentMachine {
  readonly agent: Agent;
  readonly monitorSocket: string;
  readonly consoleLog: string;
}

const PING_MS = 60_000;
const LOOK_MS = 120_000;
const MONITOR_MS = 10_000;

/** Tasks that wait in the kernel, the last kernel messages, and all processes. */
const LOOK = 'echo w > /proc/sysrq-trigger; dmesg | tail -n 80; ps -o pid,ppid,stat,time,args 2>/dev/null || ps';

/** Looks at a host in which a command took too long; takes up to three minutes itself when the host is dead. */
export async function lookAtSilence({ agent, monitorSocket, consoleLog }: SilentMachine): Promise<Silence> {
  const lives = await agent.ping(PING_MS).then(
    () => true,
    () => false,
  );
  const look = lives ? await agent.run(LOOK, LOOK_MS).catch(() => undefined) : undefined;
  if (look !== undefined) return { isDead: false, words: `the host lives; inside:\n${look.stdout}${look.stderr}` };
  const console = await readFile(consoleLog, 'utf8').catch(() => '');
  return {
    isDead: !lives,
    words: `the host itself ${lives ? 'runs nothing' : 'does not answer'}; ${await monitorSays(monitorSocket)}\n${console.slice(-3000)}`,
  };
}

/** Whether the emulated processor runs, and where it is. */
async function monitorSays(socket: string): Promise<string> {
  try {
    const qmp = await connectQmp(socket, { timeoutMs: MONITOR_MS });
    try {
      const answers: string[] = [];
      for (const line of ['info status', 'info registers', 'info registers']) {
        answers.push(String(await qmp.execute('human-monitor-command', { 'command-line': line }, { timeoutMs: MONITOR_MS })).slice(0, 1500));
      }
      return answers.join('\n');
    } finally {
      qmp.close();
    }
  } catch (error) {
    return `its emulator's monitor says nothing: ${(error as Error).message}`;
  }
}
