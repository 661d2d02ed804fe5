/** A process with actors of a round: many claimers, one, or a host. It may be killed at any time, and started again with the same names. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetStore } from '../../../src/fleet/store/store.ts';
import { askByClaims } from '../actors/asking.ts';
import { claimer } from '../actors/claimer.ts';
import { commandClaiming } from '../actors/command-claiming.ts';
import { enrolledHost } from '../actors/enrolled-host.ts';
import { host } from '../actors/host.ts';
import { losingStore } from '../actors/losing-store.ts';
import { ownClaiming } from '../actors/own-claiming.ts';
import { isOfOwn } from '../actors/planted.ts';
import type { Surroundings } from '../actors/surroundings.ts';
import { recordedStore } from '../history/recorded-store.ts';
import { openRecorder, type Recorder } from '../history/recorder.ts';
import { askInFiles } from '../machine/asked.ts';
import { seeded } from '../simulation/turns.ts';
import { hostOnDisk } from './kernel-on-disk.ts';
import type { Answer, Told } from './message.ts';
import { openPlace } from './open-place.ts';
import { patientStore } from './patient-store.ts';

const LOST = 0.02;
const LATE_MS = 300;
const PAUSE_MS = 50;

let over = false;
const answer = (message: Answer): void => void process.send?.(message);

process.on('message', (message: Told) => {
  if (message.kind === 'over') over = true;
  else {
    over = false;
    act(message).then(
      () => answer({ kind: 'ended' }),
      (error: unknown) => answer({ kind: 'failed', why: String((error as Error).stack) }),
    );
  }
});
process.on('disconnect', () => process.exit());

async function act({ part, place, directory, seed, planted, machines }: Extract<Told, { kind: 'begin' }>): Promise<void> {
  const store = await openPlace(place);
  const ways = {
    claiming: isOfOwn(planted) ? ownClaiming(planted) : commandClaiming,
    askHost: machines.length > 0 ? askInFiles(machines) : askByClaims,
  };
  const late: Promise<unknown>[] = [];
  const recorders: Recorder[] = [];
  const surroundings = (name: string): Surroundings => {
    const random = seeded(seed ^ digest(name));
    const recorder = openRecorder(directory, name);
    recorders.push(recorder);
    // What a full store refuses then is a transaction that never arrived.
    const losing: FleetStore = losingStore(store, {
      share: () => LOST,
      random,
      later: (ask) =>
        void late.push(
          sleep(random() * LATE_MS)
            .then(ask)
            .catch(() => undefined),
        ),
    });
    return {
      name,
      store: patientStore(recordedStore(losing, recorder)),
      say: recorder.say,
      pause: () => sleep(random() * PAUSE_MS),
      random,
      isOver: () => over,
    };
  };
  if (part.kind === 'claimers') await Promise.all(part.names.map((name) => claimer(surroundings(name), part.turns, ways)));
  else {
    const machine = machines.find((each) => each.host === part.host);
    const by = surroundings(`host-${part.host}`);
    if (machine !== undefined) await enrolledHost(by, machine, planted === 'no guard' ? 'no guard' : 'guarded');
    else await host(by, hostOnDisk(part.host, directory), isOfOwn(planted) ? planted : undefined);
  }
  await Promise.all(late);
  await store.close();
  for (const { close } of recorders) close();
}

/** A number that a name determines (FNV-1a). */
function digest(name: string): number {
  return [...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619), 2_166_136_261);
}
