import { describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { checkTogether } from '../app/check.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { FakeFunction } from '../testing/fake-kernel.ts';

const GPU = { pciClass: 0x030000, driver: 'nouveau', iommuGroup: 1 } as const;
const CARD: FakeFunction = { address: '0000:01:00.0', ...GPU, attributes: { boot_vga: '1' } };
const AUDIO: FakeFunction = { address: '0000:01:00.1', pciClass: 0x040300, driver: 'snd_hda_intel', iommuGroup: 1 };

async function notesOn(functions: readonly FakeFunction[], files: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const context = await bareMachine(functions, { files }).context();
  const [report] = await checkTogether(context, [parsePciAddress('0000:01:00.0')]);
  return report?.notes ?? [];
}

describe('what to do on this machine', () => {
  it('names another graphics card that could have the console, and how this boot loader keeps the framebuffer off', async () => {
    const igpu = { address: '0000:00:02.0', ...GPU, driver: 'i915', iommuGroup: 2 };
    expect(await notesOn([CARD, igpu], { '/etc/debian_version': '13.1\n' })).toEqual([
      "this machine also has 0000:00:02.0 (i915): make that the first one in the firmware's setup; to keep the boot's framebuffer off: add 'initcall_blacklist=sysfb_init' to GRUB_CMDLINE_LINUX in /etc/default/grub, run update-grub, reboot; more: docs/how-to/gpu.md",
    ]);
  });

  it('warns where there is no other', async () => {
    expect(await notesOn([CARD])).toEqual([expect.stringMatching(/^this machine has no other graphics card: .*grub-mkconfig/)]);
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'the option of an Intel processor',
      { '/proc/cpuinfo': 'vendor_id : GenuineIntel\n' },
      /^on this machine: switch VT-d on .*'intel_iommu=on'.*docs\/how-to\/gpu\.md$/,
    ],
    ['the option of an AMD processor', { '/proc/cpuinfo': 'vendor_id : AuthenticAMD\n' }, /^on this machine: switch AMD-Vi .*'amd_iommu=on'/],
    ['an option that switches it off', { '/proc/cmdline': 'root=/dev/sda intel_iommu=off\n' }, /'intel_iommu=off' on the kernel command line switches it off/],
    [
      'what a virtual machine needs of its host',
      { '/proc/cpuinfo': 'vendor_id : GenuineIntel\nflags : vmx hypervisor\n', '/sys/class/dmi/id/sys_vendor': 'QEMU\n' },
      /^on this machine: in the machine below give this guest a virtual IOMMU/,
    ],
  ])('without IOMMU groups says %s', async (_, files, note) => {
    expect(await notesOn([{ address: '0000:01:00.0', driver: 'igb', pciClass: 0x020000 }], files)).toEqual([expect.stringMatching(note)]);
  });

  it('says who else is on a bus that can only be reset as a whole', async () => {
    const busOnly = { address: '0000:01:00.0', ...GPU, attributes: { reset_method: 'bus\n' } };
    expect(await notesOn([busOnly, AUDIO])).toEqual([
      'it can be reset only together with its bus, which 0000:01:00.1 is on as well: give them to the same guest; more: docs/how-to/gpu.md',
    ]);
    expect(await notesOn([busOnly])).toEqual([]);
    expect(await notesOn([{ ...busOnly, attributes: { reset_method: 'flr bus\n' } }, AUDIO])).toEqual([]);
  });

  it('has nothing to say of what can go', async () => {
    expect(await notesOn([{ address: '0000:01:00.0', driver: 'igb', pciClass: 0x020000, iommuGroup: 3 }])).toEqual([]);
  });
});
