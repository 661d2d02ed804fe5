/** The agent of a host that is files, in a process of its own as on a host: tells whoever started it what it takes when it rests. */
import { openMachine } from '../src/host/machine-port.ts';
import { openEtcdStore } from '../src/fleet/etcd/etcd-store.ts';
import type { EtcdPlace } from '../src/fleet/etcd/etcd-store.ts';
import { agentRound, runAgent } from '../src/fleet/agent.ts';

export interface AgentSettings {
  readonly root: string;
  readonly stateDirectory: string;
  readonly host: string;
  readonly place: EtcdPlace;
}

/** What the process has used so far, and has in memory now. */
export interface AgentCost {
  readonly processorSeconds: number;
  readonly residentMb: number;
}

const { root, stateDirectory, host, place } = JSON.parse(process.argv[2] ?? '') as AgentSettings;
const store = await openEtcdStore(place);
const over = new AbortController();
const context = { port: openMachine(root), isRoot: true, readPciIds: async () => undefined };
const tell = (): void => {
  const { user, system } = process.cpuUsage();
  process.send?.({ processorSeconds: (user + system) / 1e6, residentMb: process.memoryUsage().rss / 1024 ** 2 } satisfies AgentCost);
};
process.on('message', (asked) => (asked === 'end' ? over.abort() : tell()));
const agent = { context, host, version: '0.1.0', stateDirectory, by: 'bench', libvirtUri: `qemu+unix:///system?socket=${stateDirectory}/none` };
// As it joins.
await agentRound(agent, store);
let rounds = 0;
await runAgent(agent, store, {
  signal: over.signal,
  requireSameFleet: async () => undefined,
  onBack: () => undefined,
  onRound: () => {
    rounds += 1;
    if (rounds === 1) tell();
  },
  onProblem: ({ message }) => void process.stderr.write(`the agent that is measured: ${message}\n`),
});
await store.close();
process.disconnect();
