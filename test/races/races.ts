/** Races of real processes for functions of one host. */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeKernel, type FakeKernel } from '../../src/testing/fake-kernel.ts';

/** How one process ended. */
export interface Ended {
  readonly pid: number;
  readonly asked: readonly string[];
  readonly code?: string;
  readonly message?: string;
  readonly changes?: readonly { readonly address: string; readonly changed: boolean; readonly taken: { readonly by: string } | null }[];
}

const PROCESSES = 8;

/** Eight functions in four groups, as cards with two functions have them. */
const ADDRESSES = Array.from({ length: 8 }, (_, i) => `0000:0${1 + (i >> 1)}:00.${i & 1}`);

export interface RaceTrack {
  /** Lets that many processes run for overlapping sets of groups; afterwards everything is given back. */
  readonly race: (number: number, competitors: number) => Promise<Ended[]>;
  readonly stop: () => void;
}

/** Starts the processes; `program` is the built worker. */
export function openTrack(program: string): RaceTrack {
  // In memory where there is such a place: what the disk takes to sync is not raced.
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hostdev-races-'));
  const host = fakeKernel(ADDRESSES.map((address, i) => ({ address, driver: 'nvme', iommuGroup: i >> 1 })));
  const workers = Array.from({ length: PROCESSES }, () => serve(fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }), host));
  const run = (worker: ChildProcess, verb: string, asked: readonly string[]): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const died = (): void => reject(new Error('a competitor died'));
      const ended = (message: { kind: string }): void => {
        if (message.kind !== 'ended') return;
        worker.off('message', ended);
        worker.off('exit', died);
        resolve({ ...message, pid: worker.pid ?? 0, asked });
      };
      worker.on('message', ended);
      worker.once('exit', died);
      worker.send({ kind: 'go', verb, addresses: asked, stateDirectory: directory });
    });
  return {
    race: async (number, competitors) => {
      const results = await Promise.all(workers.slice(0, competitors).map((worker, i) => run(worker, 'prepare', wish(number, i))));
      await run(workers[0] as ChildProcess, 'release', ADDRESSES);
      return results;
    },
    stop: () => {
      for (const worker of workers) {
        worker.removeAllListeners('exit');
        worker.kill();
      }
      rmSync(directory, { recursive: true });
    },
  };
}

/** One, two or three whole groups in a row; group 0 is in every wish, so that all of them overlap. */
function wish(race: number, competitor: number): string[] {
  const more = (race + competitor) % 3;
  const begin = 1 + ((race * 7 + competitor * 3) % 3);
  const groups = [0, ...Array.from({ length: more }, (_, i) => 1 + ((begin + i) % 3))];
  return groups.flatMap((group) => ADDRESSES.slice(group * 2, group * 2 + 2));
}

/** Answers what a process asks of the host. */
function serve(worker: ChildProcess, host: FakeKernel): ChildProcess {
  worker.on('message', (message: { kind: string; id: number; method: keyof FakeKernel; args: unknown[] }) => {
    if (message.kind !== 'ask') return;
    const { id, method, args } = message;
    const answer = (host[method] as (...all: unknown[]) => Promise<unknown>)(...args);
    answer.then(
      (value) => worker.send({ kind: 'answer', id, value: value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value }),
      (error: NodeJS.ErrnoException) => worker.send({ kind: 'answer', id, error: { code: error.code ?? 'EIO', message: error.message } }),
    );
  });
  return worker;
}
