import { whoRunsUs } from '../../app/who.ts';
import { requireRoot } from '../../app/change-options.ts';
import type { Problem } from '../../errors.ts';
import { type Agent, agentRound, type Round, runAgent } from '../../fleet/agent.ts';
import { hostIn } from '../../fleet/config.ts';
import { requireSameFleet } from '../../fleet/enrolment.ts';
import { openFleet } from '../../fleet/open-store.ts';
import { FORMAT_VERSION } from '../../json/contract/envelope.ts';
import type { AGENT_EVENT } from '../../json/contract/fleet-hosts.ts';
import type { Of } from '../../json/contract/shape.ts';
import { oneLine } from '../../printable.ts';
import type { Options } from '../command/table.ts';
import { type Io, printJson, printProblem } from '../io.ts';
import { machineContext } from '../machine.ts';
import { VERSION } from '../version.ts';

type Event = Of<typeof AGENT_EVENT>;

export async function agent(io: Io, flags: Options<'agent'>): Promise<number> {
  const context = await machineContext(io.machine);
  // Whoever sees less than all of the machine would tell its fleet that nothing is known.
  requireRoot(context, 'agent', 'run it with sudo');
  const signal = io.catchSignals();
  const { stateDirectory, libvirtUri } = io.machine;
  const { config, store } = await openFleet(io.machine.fleetFile);
  try {
    const host = hostIn(config, io.machine.fleetFile);
    const { networks } = config;
    const served: Agent = { context, host, version: VERSION, stateDirectory, by: whoRunsUs(), libvirtUri: flags.connect ?? libvirtUri, networks };
    const teller = tellerOf(io, host, flags.json === true);
    if (flags.once === true) {
      const round = await agentRound(served, store, { isEnrolled: true, signal });
      teller.onRound(round);
      return round.problems.length === 0 ? 0 : 1;
    }
    await runAgent(served, store, { signal, requireSameFleet: async () => requireSameFleet(io.machine.fleetFile, config), ...teller });
    return 0;
  } finally {
    await store.close();
  }
}

interface Teller {
  readonly onRound: (round: Round) => void;
  readonly onProblem: (problem: Problem) => void;
  readonly onBack: () => void;
}

/** What is so for long is said once. */
function tellerOf(io: Io, host: string, json: boolean): Teller {
  let told = new Set<string>();
  const event = (what: Pick<Event, 'event' | 'detail'>, code: string | null = null): void => {
    if (json) printJson(io, { formatVersion: FORMAT_VERSION, time: new Date().toISOString(), host, ...what, code } satisfies Event, 0);
    else io.out(`${oneLine(what.detail)}\n`);
  };
  const problem = (each: Problem): void => {
    if (json) event({ event: 'problem', detail: each.message }, each.code);
    else printProblem(io, each);
  };
  return {
    onRound: ({ published: { record, changed }, corrections, problems }) => {
      if (changed) event({ event: 'published', detail: `${host}: ${record.functions.length} functions, sequence ${record.sequence}` });
      for (const { words } of corrections) event({ event: 'corrected', detail: words });
      const now = new Set(problems.map(({ message }) => message));
      for (const each of problems) if (!told.has(each.message)) problem(each);
      told = now;
    },
    onProblem: problem,
    onBack: () => event({ event: 'back', detail: `${host}: the fleet is told again` }),
  };
}
