import { describe, expect, it } from 'vitest';
import { describeStep, formatStep, type Step, write } from './step.ts';

const WHY = { why: 'so it is' };

describe('a step', () => {
  it.each<[Step, string, string]>([
    [write('/sys/x', 'a\n', 'so it is'), 'write "a\\n" to /sys/x', 'writing "a\\n" to /sys/x'],
    [{ kind: 'file', path: '/etc/x', text: '', ...WHY }, 'write the file /etc/x', 'replacing /etc/x'],
    [{ kind: 'file', path: '/etc/x', text: null, ...WHY }, 'remove /etc/x', 'replacing /etc/x'],
    [{ kind: 'run', program: 'ip', args: ['link', 'set'], ...WHY }, 'run ip link set', 'running ip link set'],
    [{ kind: 'load', module: 'vfio-pci', ...WHY }, 'load the module vfio-pci', 'loading the module vfio-pci'],
    [
      { kind: 'link up', address: '0000:01:00.0', ...WHY },
      'bring the network interface of 0000:01:00.0 up',
      'bringing the network interface of 0000:01:00.0 up',
    ],
    [
      { kind: 'attach', on: 'guest and definition', device: '0000:01:00.0', text: '<x/>', ...WHY },
      'attach 0000:01:00.0 to the guest and definition',
      'attaching 0000:01:00.0 to the guest and definition',
    ],
    [
      { kind: 'detach', on: 'definition', device: '0000:01:00.0', ...WHY },
      'detach 0000:01:00.0 from the definition',
      'detaching 0000:01:00.0 from the definition',
    ],
    [
      { kind: 'move', address: '0000:01:00.0', from: 'igb', to: 'vfio-pci', ...WHY },
      'libvirt moves 0000:01:00.0 from igb to vfio-pci',
      'moving 0000:01:00.0 to vfio-pci',
    ],
    [
      { kind: 'move', address: '0000:01:00.0', from: null, to: null, ...WHY },
      'libvirt moves 0000:01:00.0 from no driver to its host driver',
      'moving 0000:01:00.0 to its host driver',
    ],
    [{ kind: 'network', action: 'start', network: 'vfs', ...WHY }, 'start the network vfs', 'start of the network vfs'],
    [{ kind: 'ports', guest: 'web', count: 1, ...WHY }, 'add 1 root port to the definition of web', 'adding 1 root port to the definition of web'],
    [{ kind: 'ports', guest: 'web', count: 3, ...WHY }, 'add 3 root ports to the definition of web', 'adding 3 root ports to the definition of web'],
  ])('%j is told before, and when it fails', (step, before, failed) => {
    expect(formatStep(step)).toBe(`${before}  # so it is`);
    expect(describeStep(step)).toBe(failed);
  });
});
