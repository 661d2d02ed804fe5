/** Streams of events: so many at once, and none that does not read what it is sent. */
import type { ServerResponse } from 'node:http';
import { HostdevError } from '../../errors.ts';

const MOST = 64;

/** What may wait for a reader; a whole state of a thousand functions is about 2 MB. */
const MOST_WAITING = 16 * 1024 * 1024;

interface Whose {
  readonly owner: object;
  readonly onEnd: () => void;
}

export interface Streams {
  /**
   * Begins a stream; what it gives writes one line, and does nothing once the stream has ended.
   *
   * @throws {HostdevError} `server-full`.
   */
  readonly begin: (response: ServerResponse, whose: Whose) => (line: string) => void;
  /** Ends those of somebody who has signed out. */
  readonly endOf: (owner: object) => void;
  readonly close: () => void;
}

export function streams(): Streams {
  const open = new Map<ServerResponse, object>();
  return {
    begin: (response, { owner, onEnd }) => {
      if (open.size >= MOST) throw new HostdevError('server-full', `${MOST} streams of events are open, and there are no more`, { hint: 'close some pages' });
      open.set(response, owner);
      response.on('close', () => {
        open.delete(response);
        onEnd();
      });
      response.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'X-Accel-Buffering': 'no' });
      return (line) => {
        if (response.destroyed || response.writableEnded) return;
        response.write(`${line}\n`);
        if (response.writableLength > MOST_WAITING) response.destroy();
      };
    },
    endOf: (owner) => {
      for (const [each, whose] of open) if (whose === owner) each.end();
    },
    close: () => {
      for (const each of open.keys()) each.end();
    },
  };
}
