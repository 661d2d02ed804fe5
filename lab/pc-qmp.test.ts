import { it } from 'vitest';
import { connectQmp } from '../src/qmp/client/qmp.ts';
import { QMP_CASES } from '../test/conformance/qmp-suite.ts';
import { describeUnless } from '../test/skip.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmulator } from './machine/emulator.ts';
import { pcImages } from './pc/host.ts';
import { labReason } from './reason.ts';

describeUnless(await labReason('pc-host'), "QEMU's monitor", () => {
  for (const { title, run } of QMP_CASES) {
    it(title, async () => {
      const emulator = { tree: (await pcImages()).emulator, program: 'qemu-system-x86_64', firmware: ['usr/share/qemu', 'usr/share/seabios'] };
      const directory = await mkdtemp(join(tmpdir(), 'hostdev-qmp-'));
      const socket = join(directory, 'qmp.sock');
      const ports = [0, 1].flatMap((n) => ['-device', `pcie-root-port,id=rp${n},chassis=${n + 1}`]);
      const args = ['-name', 'suite', '-machine', 'q35', '-nodefaults', '-display', 'none', '-S', '-qmp', `unix:${socket},server=on,wait=off`, ...ports];
      const child = startEmulator(emulator, join(directory, 'log'), args);
      try {
        const qmp = await retried(() => connectQmp(socket));
        await run(qmp);
        qmp.close();
      } finally {
        child.kill('SIGKILL');
        await rm(directory, { recursive: true, force: true });
      }
    });
  }
});

async function retried<T>(act: () => Promise<T>): Promise<T> {
  for (let i = 0; ; i += 1) {
    try {
      return await act();
    } catch (error) {
      if (i === 100) throw error;
      await sleep(100);
    }
  }
}
