/** Debian's cockpit-ws, with hostdev's package in it, on a port of this machine's loopback. */
import { cp, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { occupy } from '../cache.ts';
import { type InsideProcess, spawnInside } from '../libvirtd/inside.ts';
import { freePort } from '../libvirtd/sshd.ts';
import { cockpitTree, USER } from './tree.ts';

/** Somebody's session that is there already, as on a machine with a desktop; or the form where one signs in. */
export type SessionKind = 'local' | 'login';

export interface RunningCockpit {
  readonly url: string;
  /** The socket on which hostdev is looked for, seen from outside. */
  readonly socket: string;
  readonly words: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

const PACKAGE = 'dist/cockpit';
const WS = '/usr/lib/cockpit/cockpit-ws';
/** Nobody is on it, but the shell asks for it: where there is no bus at all, the bridge of Cockpit 337 takes that question twice, and ends. */
const BUS = ['/usr/bin/dbus-daemon', '--system', '--nofork', '--nopidfile'];
const START_TIMEOUT_MS = 30_000;

/** Starts it; it ends with this process at the latest. */
export async function startCockpit(kind: SessionKind): Promise<RunningCockpit> {
  const tree = await cockpitTree();
  // One at a time: two would have the same socket.
  const leave = await occupy('cockpit.running');
  const [package_, run_] = [join(tree, 'usr/share/cockpit/hostdev'), join(tree, 'run')];
  for (const left of [package_, run_]) await rm(left, { recursive: true, force: true });
  await cp(PACKAGE, package_, { recursive: true });
  for (const name of ['hostdev', 'dbus', 'lock']) await mkdir(join(run_, name), { recursive: true });
  const bus = spawnInside(tree, BUS);
  const port = await freePort();
  const server = spawnInside(tree, commandOf(kind, port), { network: true });
  const url = `http://127.0.0.1:${port}/`;
  const stop = async (): Promise<void> => {
    await server.stop();
    await bus.stop();
    await leave();
  };
  try {
    await listening(join(run_, 'dbus/system_bus_socket'), bus);
    await answering(url, server);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...{ url, socket: join(run_, 'hostdev/ui.sock'), words: server.words },
    stop,
  };
}

/** A local session belongs to who runs the server; to sign somebody in it has to be root. */
function commandOf(kind: SessionKind, port: number): string[] {
  const ws = [WS, '--no-tls', '--address=127.0.0.1', `--port=${port}`];
  if (kind === 'login') return ws;
  const user = ['/usr/bin/setpriv', `--reuid=${USER.uid}`, `--regid=${USER.uid}`, '--init-groups', '/usr/bin/env', `HOME=${USER.home}`, `USER=${USER.name}`];
  return [...user, ...ws, '--local-session=/usr/bin/cockpit-bridge'];
}

async function answering(url: string, server: InsideProcess): Promise<void> {
  await begun('cockpit-ws', server, () => fetch(`${url}ping`).then(({ ok }) => ok));
}

async function listening(socket: string, bus: InsideProcess): Promise<void> {
  await begun('the system bus', bus, () => stat(socket).then(() => true));
}

async function begun(what: string, its: InsideProcess, isThere: () => Promise<boolean>): Promise<void> {
  const give = Date.now() + START_TIMEOUT_MS;
  while (!(await isThere().catch(() => false))) {
    if (!its.alive() || Date.now() > give) throw new Error(`${what} did not start: ${await its.words()}`);
    await sleep(50);
  }
}
