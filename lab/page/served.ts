/** The real server of the page over a machine in memory and a fake libvirt. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FleetSource, fleetSource } from '../../src/fleet/fleet-source.ts';
import type { Operation } from '../../src/server/api/operation.ts';
import type { Plan } from '../../src/server/api/plan.ts';
import type { Wish } from '../../src/server/api/wishes.ts';
import { parseListenAddress } from '../../src/server/listen/address.ts';
import { type RunningServer, serve } from '../../src/server/serve.ts';
import { type FakeKernel, fakeKernel } from '../../src/testing/fake-kernel.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../../src/testing/fake-libvirt/fake-libvirt.ts';
import type { MachineRecipe } from '../../test/documents/recipe.ts';

export interface ServeMachineOptions {
  readonly isRoot?: false;
  readonly readOnly?: true;
  readonly libvirt?: 'away';
  /** The fleet of the host; in none without. */
  readonly fleet?: FleetSource;
  /** Path of a unix socket to listen on, as Cockpit wants it; else it is a port of loopback. */
  readonly socket?: string;
}

export interface Served {
  readonly kernel: FakeKernel;
  readonly libvirt: FakeLibvirt;
  readonly stateDirectory: string;
  /** Where the server listens. */
  readonly where: string;
  /** What `hostdev ui` prints; it works once. */
  readonly link: string;
  /** Ends the server, whose sessions end with it, and starts it at the same place; its link is another one. */
  readonly restart: () => Promise<string>;
  readonly stopServer: () => Promise<void>;
  readonly end: () => Promise<void>;
}

const WEB = 'dist/web';

export async function serveMachine({ functions, files, guests, pciIds }: MachineRecipe, options: ServeMachineOptions = {}): Promise<Served> {
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-page-'));
  const kernel = fakeKernel(functions, { files });
  const libvirt = await startFakeLibvirt();
  for (const { xml, runs } of guests) {
    const guest = libvirt.qemu.define(xml);
    if (runs) libvirt.qemu.start(guest, false);
  }
  const socket = options.libvirt === 'away' ? join(directory, 'nobody') : libvirt.socket;
  const readPciIds = async (): Promise<Uint8Array> => new TextEncoder().encode(pciIds);
  const context = { port: kernel, isRoot: options.isRoot ?? true, readPciIds, userCapabilityCache: '/nowhere' };
  const stateDirectory = join(directory, 'state');
  const host = {
    ...{ context: async () => context, stateDirectory, libvirtUri: `qemu+unix:///system?socket=${socket}` },
    fleet: options.fleet ?? fleetSource(join(directory, 'fleet.conf')),
    ...{ name: files['/proc/sys/kernel/hostname'] ?? 'host', version: '0.0.0', readOnly: options.readOnly ?? false },
  };
  const bugs: unknown[] = [];
  const start = (listen: string): Promise<RunningServer> =>
    serve(host, { listen: parseListenAddress(listen), user: 'root', webDirectory: WEB, onBug: (error) => void bugs.push(error) });
  const unix = options.socket === undefined ? undefined : `unix:${options.socket}`;
  let server = await start(unix ?? '127.0.0.1:0');
  const { where, link = '' } = server;
  return {
    ...{ kernel, libvirt, stateDirectory, where, link },
    stopServer: () => server.close(),
    restart: async () => {
      await server.close();
      server = await start(unix ?? where);
      return server.link ?? '';
    },
    end: async () => {
      await server.close();
      await libvirt.stop();
      await rm(directory, { recursive: true, force: true });
      if (bugs.length > 0) throw bugs[0];
    },
  };
}

/** A session beside the browser's, for what somebody else does meanwhile. Takes the link. */
export async function signIn(
  link: string,
): Promise<{ readonly cookie: string; readonly carryOut: (wish: Wish) => Promise<Operation>; readonly plan: (wish: Wish) => Promise<Plan> }> {
  const { origin, hash } = new URL(link);
  const signedIn = await fetch(`${origin}/api/v1/session`, {
    ...{ method: 'POST', body: JSON.stringify({ token: hash.replace('#token=', '') }), headers: { 'Content-Type': 'application/json' } },
  });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  const { tab } = (await signedIn.json()) as { tab: string };
  const ask = async <T>(
    method: string,
    path: string,
    rest: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<T> => {
    const headers = { Cookie: cookie, 'Hostdev-Tab': tab, 'Content-Type': 'application/json', ...rest.headers };
    const answer = await fetch(`${origin}/api/v1${path}`, { method, headers, ...(rest.body === undefined ? {} : { body: JSON.stringify(rest.body) }) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const plan = (wish: Wish): Promise<Plan> => ask('POST', '/plans', { body: wish });
  return {
    cookie,
    plan,
    carryOut: async (wish) => {
      const { id, hash } = await plan(wish);
      const begun = await ask<Operation>('POST', `/plans/${id}/apply`, { headers: { 'If-Match': `"${hash}"` } });
      for (;;) {
        const operation = await ask<Operation>('GET', `/operations/${begun.id}`);
        if (operation.ended !== null) return operation;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}
