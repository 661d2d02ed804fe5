import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { whoRunsUs } from '../../app/who.ts';
import { HostdevError } from '../../errors.ts';
import { explainUnread } from '../../files/explain.ts';
import { readBounded } from '../../files/read-bounded.ts';
import { fleetSource } from '../../fleet/fleet-source.ts';
import { type ListenAddress, parseListenAddress, socketOfSystemd } from '../../server/listen/address.ts';
import { serve, type ServeOptions } from '../../server/serve.ts';
import { readPassword } from '../../server/sign-in/password.ts';
import type { Options } from '../command/table.ts';
import type { Io } from '../io.ts';
import { openBrowser } from '../open-browser.ts';
import { VERSION } from '../version.ts';

type Flags = Options<'ui'>;

/** Any port that is free. */
const LISTEN = '127.0.0.1:0';

export async function ui(io: Io, flags: Flags): Promise<number> {
  const listen = listenAddress(flags);
  const signal = io.catchSignals();
  const { machine } = io;
  const host = {
    ...{ context: machine.context, stateDirectory: machine.stateDirectory, libvirtUri: flags.connect ?? machine.libvirtUri },
    fleet: fleetSource(machine.fleetFile),
    ...{ name: hostname(), version: VERSION, readOnly: flags.readOnly === true },
  };
  const server = await serve(host, {
    listen,
    ...(await secrets(flags)),
    webDirectory: webDirectory(),
    user: whoRunsUs(),
    onBug: (error) => io.err(`${bugText(error)}\n`),
  });
  io.out(`${server.link ?? `listening on ${server.where}`}\n`);
  const close = flags.open === true && server.link !== undefined ? await openBrowser(server.link) : undefined;
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.all([server.close(), close?.()]);
  return 0;
}

function listenAddress({ listen, open }: Flags): ListenAddress {
  const handed = listen === undefined ? socketOfSystemd(process.env, process.pid) : undefined;
  const address = handed ?? parseListenAddress(listen ?? LISTEN);
  if (open !== true || address.kind === 'tcp') return address;
  throw new HostdevError('option-conflict', '--open is for an address and a port: browsers open no unix sockets', { hint: 'leave one of the two out' });
}

async function secrets({ tlsCert, tlsKey, passwordFile }: Flags): Promise<Pick<ServeOptions, 'tls' | 'password'>> {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new HostdevError('option-conflict', '--tls-cert and --tls-key need each other', { hint: 'give both, or neither' });
  }
  return {
    tls: tlsCert === undefined || tlsKey === undefined ? undefined : { cert: await readPem(tlsCert), key: await readPem(tlsKey) },
    password: passwordFile === undefined ? undefined : await readPassword(passwordFile),
  };
}

/** A chain of certificates has some KiB. */
const MOST_PEM = 1024 * 1024;

async function readPem(file: string): Promise<Buffer> {
  const hint = 'name a file in PEM';
  const found = await readBounded(file, MOST_PEM).catch((error: unknown) => {
    throw explainUnread(error, { name: file, hint });
  });
  if (found !== undefined) return found;
  throw new HostdevError('file-unreadable', `${file} has more than ${MOST_PEM} bytes, so it is neither a certificate nor a key`, { subject: file, hint });
}

/** The page is beside the command: `dist/web` and `dist/cli`. */
function webDirectory(): string | undefined {
  const [, program] = process.argv;
  return program === undefined ? undefined : join(dirname(dirname(realpathSync(program))), 'web');
}

function bugText(error: unknown): string {
  return `hostdev: internal error, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
