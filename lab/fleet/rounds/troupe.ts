/** The processes of a round. They stay for all rounds; one that is killed is started again. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { HOSTS } from '../world.ts';
import type { Answer, Part, Told } from './message.ts';

export interface Player {
  readonly part: Part;
  /** Names of the actors in it. */
  readonly names: readonly string[];
  readonly begin: (told: Omit<Extract<Told, { kind: 'begin' }>, 'kind' | 'part'>) => void;
  readonly over: () => void;
  /** Fulfilled when its actors have ended; fails when they could not. */
  readonly ended: () => Promise<void>;
  readonly kill: () => Promise<void>;
  readonly signal: (signal: 'SIGSTOP' | 'SIGCONT') => void;
  /** Fulfilled when its process is gone, and what it had open. */
  readonly end: () => Promise<void>;
}

/** Many claimers in each of few processes, and some in one of their own, which is killed more often. */
const TOGETHER = 3;
const ALONE = 8;

export function castParts(claimers: number, turns: number): Part[] {
  const names = Array.from({ length: claimers }, (_, i) => `claimer-${i}`);
  const alone = names.splice(0, Math.min(ALONE, claimers));
  const together = Array.from({ length: TOGETHER }, (_, i) => names.filter((_name, at) => at % TOGETHER === i));
  const claiming = [...together, ...alone.map((name) => [name])].filter((each) => each.length > 0);
  return [...claiming.map((each): Part => ({ kind: 'claimers', names: each, turns })), ...HOSTS.map((host): Part => ({ kind: 'host', host }))];
}

export function player(program: string, part: Part): Player {
  let child = start(program);
  let ended = Promise.resolve();
  return {
    part,
    names: part.kind === 'host' ? [`host-${part.host}`] : part.names,
    begin(told) {
      const own = child;
      ended = new Promise((resolve, reject) => {
        const heard = (answer: Answer): void => (answer.kind === 'ended' ? resolve() : reject(new Error(answer.why)));
        own.once('message', heard);
        own.once('exit', (code, signal) => reject(new Error(`a process ended with ${signal ?? code}`)));
      });
      // Whoever waits for it hears of it; a process that is killed is waited for by nobody.
      ended.catch(() => undefined);
      const message: Told = { kind: 'begin', part, ...told };
      own.send(message);
    },
    over: () => void child.send({ kind: 'over' } satisfies Told),
    ended: () => ended,
    async kill() {
      await end(child);
      child = start(program);
    },
    signal: (signal) => void child.kill(signal),
    end: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function start(program: string): ChildProcess {
  return fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: ['--max-old-space-size=256'] }).setMaxListeners(0);
}
