import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { functionIn, hearKernelEvents } from './kernel-events.ts';

describe('a line of udevadm names', () => {
  it.each<[string, string | undefined]>([
    ['KERNEL[5403.160310] unbind   /devices/pci0000:00/0000:00:08.0 (pci)', '0000:00:08.0'],
    ['KERNEL[5403.17] bind     /devices/pci0000:00/0000:00:01.0/0000:02:10.7 (pci)', '0000:02:10.7'],
    ['KERNEL[1.0] add      /devices/pci0007:00/0007:00:00.0 (pci)', '0007:00:00.0'],
    ['KERNEL[1.0] remove   /devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0 (pci)', '10000:e0:06.0'],
    ['KERNEL[1.0] change   /devices/pci0000:00/0000:02:00.0 (pci)\r', '0000:02:00.0'],
    ['KERNEL[1.0] add      /bus/pci/drivers/vfio-pci (drivers)', undefined],
    ['KERNEL[1.0] add      /devices/pci0000:00/pci_bus/0000:03 (pci_bus)', undefined],
    ['KERNEL - the kernel uevent', undefined],
    ['', undefined],
  ])('%j: %s', (line, name) => {
    expect(functionIn(line)).toBe(name);
  });
});

/** Something that is called as udevadm is, and notes how. */
function program(script: string): { readonly path: string; readonly directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-udevadm-'));
  const path = join(directory, 'udevadm');
  writeFileSync(path, `#!/bin/sh\necho $$ >${directory}/pid; echo "$@" >${directory}/arguments\n${script}\n`);
  chmodSync(path, 0o755);
  return { path, directory };
}

const NEVER = new Promise<void>(() => undefined);

const HEADING = "echo 'monitor will print the received events for:'; echo 'KERNEL - the kernel uevent'; echo";

describe('hearing the kernel', () => {
  it('tells when nothing is missed any more, and each function, also one whose line comes in pieces', async () => {
    const { path, directory } = program(
      `${HEADING}; printf 'KERNEL[1.0] unbind /devices/pci0000:00/0000:0'; sleep 0.1; printf '0:08.0 (pci)\\nKERNEL[1.0] bind /devices/pci0000:00/0000:00:08.0 (pci)\\n'`,
    );
    const heard: string[] = [];
    await hearKernelEvents({ onBegin: () => heard.push('begin'), onFunction: (name) => heard.push(name), until: NEVER }, path);
    expect(heard).toEqual(['begin', '0000:00:08.0', '0000:00:08.0']);
    expect(readFileSync(join(directory, 'arguments'), 'utf8')).toBe('monitor --kernel --subsystem-match=pci\n');
  });

  it('ends, and what listens with it, when nobody wants to hear any more', async () => {
    let stop: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (stop = resolve));
    const { path, directory } = program(`${HEADING}; exec sleep 600`);
    await hearKernelEvents({ onBegin: () => stop(), onFunction: () => undefined, until }, path);
    const pid = Number(readFileSync(join(directory, 'pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('says where there is nothing to hear it with', async () => {
    const hearing = hearKernelEvents({ onBegin: () => undefined, onFunction: () => undefined, until: NEVER }, '/nowhere/udevadm');
    await expect(hearing).rejects.toMatchObject({ code: 'ENOENT', syscall: 'spawn /nowhere/udevadm' });
  });

  it('keeps no more of a line without an end than a line may have', async () => {
    const { path } = program(`head -c 3000000 /dev/zero | tr '\\0' x; printf '\\nKERNEL[1.0] add /devices/pci0000:00/0000:00:08.0 (pci)\\n'`);
    const heard: string[] = [];
    await hearKernelEvents({ onBegin: () => undefined, onFunction: (name) => heard.push(name), until: NEVER }, path);
    expect(heard).toEqual(['0000:00:08.0']);
  });
});
