/** Waiting until the guest of a QEMU has let a device go. */
import { HostdevError } from '../../errors.ts';
import type { Qmp, QmpEvent } from '../../qmp/client/qmp.ts';
import { Alarm } from '../alarm.ts';
import { zpciObjectId } from '../../plan/monitor-placement.ts';
import type { UnplugOptions } from '../port.ts';

const ASK_AGAIN_MS = 10_000;

/** Asks the guest until it has let go; a request can get lost while it boots. */
export async function unplugAndWait(qmp: Qmp, id: string, { timeoutMs, signal, onProgress }: UnplugOptions): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const own: QmpEvent[] = [];
  const alarm = new Alarm();
  const stop = qmp.onEvent((event) => {
    if (event.data['device'] === id || event.name === 'CLOSED') own.push(event);
    alarm.ring();
  });
  const interrupted = (): void => alarm.ring();
  signal?.addEventListener('abort', interrupted);
  try {
    for (let next = 0; ; ) {
      if (own.some(({ name }) => name === 'DEVICE_DELETED')) break;
      if (own.some(({ name }) => name === 'CLOSED')) {
        throw new HostdevError('qmp-closed', `QEMU has closed its monitor; what became of ${id} is not known`, {
          subject: id,
          hint: "if the guest has ended: 'hostdev release'",
        });
      }
      if (own.some(({ name }) => name === 'DEVICE_UNPLUG_GUEST_ERROR')) throw notReleased(id, 'it has refused to');
      if (signal?.aborted === true) throw new HostdevError('interrupted', `interrupted; ${id} is still attached, unless the guest lets it go later`);
      if (Date.now() >= deadline) throw notReleased(id, `its system has not reacted for ${Math.round(timeoutMs / 1000)} s`);
      if (Date.now() >= next) {
        if (next > 0) onProgress?.(`asking the guest again for ${id}`);
        next = Date.now() + ASK_AGAIN_MS;
        if (await askToRemove(qmp, id)) break;
      }
      await alarm.sleep(Math.max(1, Math.min(next, deadline) - Date.now()));
    }
    // Its zpci object, where there is one. The guest has let the function go, whatever becomes of that.
    const zpci = zpciObjectId(id);
    await removeObject(qmp, zpci).catch((error: unknown) => onProgress?.(`${zpci} is left behind in QEMU: ${(error as Error).message}`));
  } finally {
    stop();
    signal?.removeEventListener('abort', interrupted);
  }
}

/** Removes what no guest has to let go of; QEMU may have taken it along. */
export async function removeObject(qmp: Qmp, id: string): Promise<void> {
  await askToRemove(qmp, id);
}

/** Whether it is gone already. */
async function askToRemove(qmp: Qmp, id: string): Promise<boolean> {
  try {
    await qmp.execute('device_del', { id });
    return false;
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    if (/not found/i.test(error.message)) return true;
    // The guest is still busy with it, in or out.
    if (/in the process of unplug|guest is busy/i.test(error.message)) return false;
    throw error;
  }
}

function notReleased(id: string, why: string): HostdevError {
  return new HostdevError('guest-holds-on', `the guest has not let go of ${id}, which is still attached: ${why}`, {
    subject: id,
    hint: 'try again later, with a longer --timeout, or when the guest has booted',
  });
}
