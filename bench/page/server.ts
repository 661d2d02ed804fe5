/**
 * The server of the page as a process of its own, of a host that is a tree of files. It is told over its channel what a kernel would tell, and asked how
 * much memory it has in use.
 */
import { fleetSource } from '../../src/fleet/fleet-source.ts';
import { openMachine } from '../../src/host/machine-port.ts';
import type { HostPort, KernelHearing } from '../../src/host/port.ts';
import { parseListenAddress } from '../../src/server/listen/address.ts';
import type { PaceMs } from '../../src/server/live/pace.ts';
import { serve } from '../../src/server/serve.ts';

export interface ServerSettings {
  readonly root: string;
  readonly stateDirectory: string;
  readonly libvirtSocket: string;
  readonly pace?: PaceMs | undefined;
}

export type AskedOfServer = { readonly changed: string } | { readonly ask: 'heap' };

const settings = JSON.parse(process.argv[2] ?? '{}') as ServerSettings;
let hearing: KernelHearing | undefined;
const port: HostPort = {
  ...openMachine(settings.root),
  hearKernel: async (begun) => {
    hearing = begun;
    begun.onBegin();
    await begun.until;
  },
};
const readPciIds = async (): Promise<Uint8Array> => new TextEncoder().encode('8086  Intel Corporation\n\t10d3  82574L Gigabit Network Connection\n');
const context = { port, isRoot: true, readPciIds, userCapabilityCache: '/nowhere' };
const host = {
  ...{ context: async () => context, stateDirectory: settings.stateDirectory, libvirtUri: `qemu+unix:///system?socket=${settings.libvirtSocket}` },
  ...{ fleet: fleetSource('/nowhere'), name: 'large', version: '0.0.0', readOnly: false },
};
const server = await serve(host, {
  ...{ listen: parseListenAddress('127.0.0.1:0'), user: 'root', webDirectory: 'dist/web', pace: settings.pace },
  onBug: (error) => {
    throw error;
  },
});
process.on('message', (asked: AskedOfServer) => {
  if ('changed' in asked) return void hearing?.onFunction(asked.changed);
  globalThis.gc?.();
  process.send?.({ heap: process.memoryUsage().heapUsed });
});
process.on('disconnect', () => process.exit());
process.send?.({ link: server.link, where: server.where });
