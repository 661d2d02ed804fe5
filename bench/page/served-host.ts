/** A host of files, its libvirt and the server of its page: each a process of its own, as they are on a host. */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { signIn } from '../../lab/page/served.ts';
import type { PaceMs } from '../../src/server/live/pace.ts';
import { makeSyntheticHost } from '../synthetic-host.ts';
import type { AskedOfServer, ServerSettings } from './server.ts';

export interface ServedHost {
  readonly where: string;
  /** A page of a browser that is signed in. */
  readonly open: (browser: Browser) => Promise<Page>;
  /** Takes the driver off functions, or puts it back, and tells the server of it as the kernel does. */
  readonly rebind: (...addresses: readonly string[]) => void;
  /** Bytes that the server has in use after what is not used was collected. */
  readonly heap: () => Promise<number>;
  readonly end: () => void;
}

export interface HostSize {
  readonly functions: number;
  readonly guests: number;
  readonly pace?: PaceMs | undefined;
}

const DIRECTORY = 'build/bench';

export async function serveHost({ functions, guests, pace }: HostSize): Promise<ServedHost> {
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hostdev-page-bench-'));
  const root = join(directory, 'host');
  makeSyntheticHost(root, functions);
  const libvirt = fork(join(DIRECTORY, 'page-libvirt.mjs'), [String(guests)]);
  const { socket } = await answerOf<{ socket: string }>(libvirt);
  const settings: ServerSettings = { root, stateDirectory: join(directory, 'state'), libvirtSocket: socket, pace };
  const server = fork(join(DIRECTORY, 'page-server.mjs'), [JSON.stringify(settings)], { execArgv: ['--expose-gc'] });
  const { link, where } = await answerOf<{ link: string; where: string }>(server);
  const ask = (asked: AskedOfServer): void => void server.send(asked);
  const { cookie } = await signIn(link);
  return {
    where,
    open: async (browser) => {
      const [name = '', value = ''] = cookie.split('=');
      // Its policy would keep us from asking it anything in words.
      const context = await browser.newContext({ bypassCSP: true });
      await context.addCookies([{ name, value, url: `http://${where}/` }]);
      return context.newPage();
    },
    rebind: (...addresses) => {
      for (const address of addresses) {
        const driver = join(root, 'sys/bus/pci/devices', address, 'driver');
        if (lstatSync(driver, { throwIfNoEntry: false }) === undefined) symlinkSync('../../../bus/pci/drivers/other', driver);
        else rmSync(driver);
      }
      for (const address of addresses) ask({ changed: address });
    },
    heap: async () => {
      const answer = answerOf<{ heap: number }>(server);
      ask({ ask: 'heap' });
      return (await answer).heap;
    },
    end: () => {
      for (const each of [server, libvirt]) each.disconnect();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('a process of the bench has ended'));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}
