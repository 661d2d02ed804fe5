/** A connection to a monitor, as long as it is needed: QEMU has one client at a time. */
import { connectQmp, type Qmp } from '../../qmp/client/qmp.ts';

/** Connects, acts, and leaves the monitor to others. */
export async function withQmp<T>(socket: string, signal: AbortSignal | undefined, act: (qmp: Qmp) => Promise<T>): Promise<T> {
  const qmp = await connectQmp(socket, { signal });
  try {
    return await act(qmp);
  } finally {
    qmp.close();
  }
}
