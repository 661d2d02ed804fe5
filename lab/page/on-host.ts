/** The page of an emulated host: `hostdev ui` runs inside, a browser outside. */
import { forwardPort } from '../forward/outside.ts';
import { HOSTDEV, type LabHost } from '../machine/running.ts';

export interface PageOnHost {
  /** Where browsers find it: `127.0.0.1:43210`. */
  readonly where: string;
  /** Starts the server, after the one that runs has ended, and gives its link, which works once and for a minute. */
  readonly serve: () => Promise<string>;
  /** Starts another program that serves the same page, in the same way. */
  readonly serveWith: (command: string) => Promise<string>;
  /** Kills the server, which can do nothing about it. */
  readonly kill: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const PID = '/run/hostdev-ui.pid';

/** Shell words that end the server that was started before, by a signal, and wait until it has. */
const endBy = (signal: string): string =>
  `[ ! -e ${PID} ] || { kill -${signal} $(cat ${PID}) 2>/dev/null; while [ -d /proc/$(cat ${PID}) ]; do usleep 50000; done; rm ${PID}; }`;

/** The command has to be in the host, and the page beside it, as `web`. */
export async function pageOnHost(host: LabHost): Promise<PageOnHost> {
  const { port, close } = await forwardPort(host);
  const where = `127.0.0.1:${port}`;
  const serveWith = async (command: string): Promise<string> => {
    const printed = await host.sh(`${endBy('TERM')}
      rm -f /share/ui.out
      ${command} ui --listen ${where} </dev/null >/share/ui.out 2>/share/ui.err & echo $! > ${PID}
      until [ -s /share/ui.out ]; do [ -d /proc/$(cat ${PID}) ] || { cat /share/ui.err >&2; exit 1; }; usleep 100000; done
      cat /share/ui.out`);
    return printed.trim();
  };
  return {
    where,
    serveWith,
    serve: () => serveWith(HOSTDEV),
    kill: async () => void (await host.sh(endBy('KILL'))),
    close,
  };
}
