import { describe, expect, it } from 'vitest';
import { shortUses } from './short-use.ts';
import type { Evidence } from './verdict.ts';

describe('why, in few words', () => {
  it.each<[string, Evidence]>([
    ['/', { kind: 'storage', chain: ['nvme0n1p2', 'LVM vg0-root', 'mounted on /'] }],
    ['swap', { kind: 'storage', chain: ['nvme0n1p3', 'swap'] }],
    ['open by zpool (pid 7)', { kind: 'storage', chain: ['sda', 'open by zpool (pid 7)'], openBy: 'zpool' }],
    ['192.0.2.7', { kind: 'network', chain: ['eth0', 'address 192.0.2.7'] }],
    ['default route', { kind: 'network', chain: ['eth0', 'bridge br0', 'default route'] }],
    ['your own session comes in here', { kind: 'network', chain: ['eth0', 'address 192.0.2.7', 'your own session comes in here'] }],
    ['guest web', { kind: 'guest', chain: ['/dev/vfio/7', 'guest web, qemu-system-x86 (pid 7)'], guest: 'web' }],
    ['qemu-system-x86 (pid 7)', { kind: 'guest', chain: ['/dev/vfio/7', 'qemu-system-x86 (pid 7)'] }],
    ['boot VGA', { kind: 'console', chain: ['boot VGA: firmware and console draw on it'] }],
    ['boot framebuffer', { kind: 'console', chain: ['the boot framebuffer lies in its memory', 'the console draws on it'] }],
    ['PF with 2 VFs', { kind: 'sriov', chain: ['PF with 2 VFs: 0000:3b:02.0, 0000:3b:02.1'] }],
    ['bridge', { kind: 'bridge', chain: ['it is a bridge'] }],
    ['no IOMMU group', { kind: 'no group', chain: ['it has no IOMMU group, so it cannot be isolated'] }],
    ['does not answer', { kind: 'dead', chain: ['it does not answer (its config space reads 0xff)', 'it needs a power cycle'] }],
    ['behind VMD 0000:00:0e.0', { kind: 'VMD', chain: ['it is behind the VMD controller 0000:00:0e.0', 'it cannot go without that one'] }],
    ['/ (group mate 0000:01:00.1)', { kind: 'group', chain: ['group mate 0000:01:00.1', 'nvme0n1 → mounted on /'] }],
    ['with 0000:00:1f.0 (ISA bridge, lpc_ich)', { kind: 'group', chain: ['IOMMU group 8 has 0000:00:1f.0 (ISA bridge, lpc_ich)', 'a bridge cannot be taken'] }],
    ['not known: what it is', { kind: 'unreadable', chain: ['what it is', 'config cannot be read'] }],
  ])('is %s', (words, evidence) => {
    expect(shortUses([evidence])).toEqual([words]);
  });

  it('ranks by how a use begins, not by a word somewhere in it', () => {
    const on = (use: string): Evidence => ({ kind: 'storage', chain: ['sda', use] });
    const all = ['open by swapper', 'guest web', 'swap', '/srv', 'default route', 'your own session comes in here', '/'];
    expect(shortUses(all.map(on))).toEqual(['/', 'your own session comes in here', 'default route', '/srv', 'swap', 'guest web', 'open by swapper']);
    const odd = ['plain', 'not your own session', 'no default route', 'a/b', 'my swap', 'a guest web', '/ (group mate 0000:01:00.1)', 'zfs / on it'];
    expect(shortUses(odd.map(on))[0]).toBe('/ (group mate 0000:01:00.1)');
    expect(shortUses(odd.map(on)).slice(1)).toEqual(odd.filter((use) => !use.startsWith('/')));
  });

  it('says each once, and first what would be missed most', () => {
    const on = (use: string): Evidence => ({ kind: 'storage', chain: ['sda', use] });
    expect(shortUses([on('swap'), on('mounted on /home'), on('mounted on /'), on('mounted on /home')])).toEqual(['/', '/home', 'swap']);
  });
});
