/**
 * Many connections over one line to the other end: `open ID`, `data ID BASE64`, `close ID`. Both ends of a forwarded port are this. What is
 * forwarded is a page, or what a host and its fleet's store say to each other: whoever reads slowly is waited for in memory.
 */
import type { Socket } from 'node:net';

export interface Connections {
  /** Carries a connection that was made here to the other end. */
  readonly carry: (socket: Socket) => void;
  /** What a line of the other end asks for. */
  readonly take: (line: string) => void;
  /** The other end has gone. */
  readonly closeAll: () => void;
}

/** `connect` makes the connection of one that was made at the other end; an end that lacks it is asked for none. */
export function connections(send: (line: string) => void, connect?: () => Socket): Connections {
  const carried = new Map<string, Socket>();
  let next = 0;
  const join = (id: string, socket: Socket): void => {
    carried.set(id, socket);
    socket.setNoDelay(true);
    socket.on('data', (bytes) => send(`data ${id} ${bytes.toString('base64')}`));
    // That it has failed, the end says as well.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (carried.delete(id)) send(`close ${id}`);
    });
  };
  return {
    carry: (socket) => {
      const id = String(next++);
      send(`open ${id}`);
      join(id, socket);
    },
    take: (line) => {
      const [verb, id = '', bytes = ''] = line.split(' ');
      const socket = carried.get(id);
      if (verb === 'open' && connect !== undefined) join(id, connect());
      // One that has ended here meanwhile is told so already.
      else if (verb === 'data') socket?.write(Buffer.from(bytes, 'base64'));
      else if (verb === 'close') {
        carried.delete(id);
        socket?.destroySoon();
      } else throw new Error(`the other end of a forwarded port says ${line.slice(0, 200)}`);
    },
    closeAll: () => {
      for (const socket of carried.values()) socket.destroy();
      carried.clear();
    },
  };
}
