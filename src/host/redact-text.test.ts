import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostIdentifiers, identifiersIn } from './identifying.ts';
import { textRedaction } from './redact-text.ts';

const NAMES = [
  { kind: 'guest', name: 'web' },
  { kind: 'guest', name: 'web-2' },
  { kind: 'guest', name: '10' },
  { kind: 'host', name: 'kvm7.example.com' },
  { kind: 'serial', name: 'S3EV.NX0J' },
  { kind: 'network', name: 'dmz' },
  { kind: 'guest', name: "o'b&c" },
  { kind: 'guest', name: 'a,"b' },
] as const;

describe('what a command prints, with what identifies its machine hidden', () => {
  it.each([
    ['held by web', 'held by guest-1'],
    ['web, web-2 and web', 'guest-1, guest-2 and guest-1'],
    ['webcam, cobweb and web_2', 'webcam, cobweb and web_2'],
    ['0000:10:00.0 in 10', '0000:10:00.0 in guest-3'],
    ['10:00.0 (group 5)', '10:00.0 (group 5)'],
    ['on kvm7.example.com', 'on host-1'],
    ['KVM7.Example.COM and vg_kvm7.example.com-root', 'host-1 and vg_host-1-root'],
    ['pool dmz', 'pool network-1'],
    ["o'b&c, o'b&amp;c, o&apos;b&amp;c, 'o'\\''b&c'", "guest-4, guest-4, guest-4, 'guest-4'"],
    ['a,"b, "a,\\"b", a,&quot;b, guest=a,,"b,debug', 'guest-5, "guest-5", guest-5, guest=guest-5,debug'],
    ['mac 52-54-00-10-34-56 is 52:54:00:10:34:56', 'mac 02:00:00:00:00:01 is 02:00:00:00:00:01'],
    ['iSCSI iqn.2026-01.org.example:root, nqn.2014-08.org.x:uuid', 'iSCSI serial-2, serial-3'],
    ['eui.0025385b91b0a1b2 wwn-0x5000c500a1b2c3d4 naa.5000c500a1b2c3d4', 'serial-2 serial-3 serial-4'],
    ['nvme.144d-533433424e58304e-53616d73756e67-00000001', 'serial-2'],
    ['S3EV.NX0J, not S3EVxNX0J', 'serial-1, not S3EVxNX0J'],
    ['the eth0 has 10.1.2.3/24, fe80::1:2 and 2001:db8:1::7', 'the eth0 has 198.51.100.2/24, fe80::1 and 2001:db8::1'],
    ['::ffff:10.1.2.3 and fd00::1.', '2001:db8::1 and 2001:db8::2.'],
    ['libvirt 11.3.0, 127.0.0.1, at 12:34:56', 'libvirt 11.3.0, 127.0.0.1, at 12:34:56'],
    ['mac 52:54:00:10:34:56, 00:00:00:00:00:00', 'mac 02:00:00:00:00:01, 00:00:00:00:00:00'],
    ['mac 80:00:00:48:fe:80:00:00:00:00:00:00:f4:52:14:03:00:5e:69:71 of InfiniBand', 'mac 02:00:00:00:00:01 of InfiniBand'],
    ['4dea22b3-1d52-d8f3-2516-782e98ab3fa0', '00000000-0000-4000-8000-000000000001'],
    ['serial=260:0102030405060708, was 01 02 03 04 05 06 07 08', 'serial=260:serial-2, was serial-2'],
    ['anna (pid 7), root (pid 8), uid 1000 (pid 9) in /home/anna/guests', 'user-1 (pid 7), root (pid 8), uid 1000 (pid 9) in /home/user-1/guests'],
    ['by anna, as the page says, and anna.b@corp, as the page says, over the page', 'by user-1, as the page says, and user-2, as the page says, over the page'],
    [
      '/dev/vfio/6 → qemu-kvm (pid 7), open by dd (pid 8); guest web, qemu-kvm (pid 9)',
      '/dev/vfio/6 → qemu-kvm (pid 7), open by dd (pid 8); guest guest-1, qemu-kvm (pid 9)',
    ],
    ['mounted on /run/media/anna/STICK and /media/anna/STICK', 'mounted on /run/media/user-1/STICK and /media/user-1/STICK'],
    ['qemu+ssh://anna@kvm7.example.com:22/system', 'qemu+ssh://user-1@host-1:22/system'],
    ['ssh://[fd00::1]:22 and ssh://root@10.1.2.3', 'ssh://[2001:db8::1]:22 and ssh://root@198.51.100.2'],
    [
      "<graphics passwd='a b'/> <title>Mine</title> <entry name='serial'>X1</entry>",
      "<graphics passwd='hidden'/> <title>hidden</title> <entry name='serial'>hidden</entry>",
    ],
  ])('%j becomes %j', (text, expected) => {
    expect(textRedaction(NAMES)(text)).toBe(expected);
  });

  it('has none of the names, MAC and IP addresses, serial numbers and UUIDs, whatever stands around them', () => {
    const letters = fc.stringMatching(/^[a-z][a-z0-9.+-]{2,12}[a-z0-9]$/);
    const mac = fc
      .uint8Array({ minLength: 6, maxLength: 6 })
      .map((bytes) => ['06', ...[...bytes.slice(1)].map((n) => n.toString(16).padStart(2, '0'))].join(':'));
    const ip = fc.oneof(
      fc.ipV4().filter((text) => !/^(?:127|169\.254|198\.51\.100)\./.test(text)),
      fc.ipV6().filter((text) => text.length > 10 && !/^fe80:|^2001:db8/i.test(text)),
    );
    const known = fc.record({ guest: letters, host: letters, serial: letters });
    const around = fc.constantFrom(' ', ', ', "'", '\n', '(', ')', '/');
    fc.assert(
      fc.property(known, fc.array(fc.tuple(fc.nat(5), around), { minLength: 1, maxLength: 20 }), mac, fc.tuple(ip, fc.uuid()), (names, order, card, others) => {
        const secrets = [names.guest, names.host, names.serial, card, ...others];
        const text = order.map(([at, sign]) => `${secrets[at]}${sign}`).join('');
        const shown = textRedaction(Object.entries(names).map(([kind, name]) => ({ kind: kind as 'guest', name })))(text);
        // Parts of the words that stand in.
        const words = shown.replaceAll(/\b(?:guest|host|serial)-\d+/g, '').split(/[\s,'()/]+/);
        expect(words.filter((word) => secrets.includes(word))).toEqual([]);
      }),
    );
  });
});

describe('what identifies a machine', () => {
  it.each([
    ['a guest by the state that libvirt keeps', '/run/libvirt/qemu/web.xml', '', ['guest web']],
    ['a guest by the command line of its QEMU', '/proc/71/cmdline', 'qemu\0-name\0guest=web 2,debug-threads=on\0', ['guest web 2']],
    ['a guest with a comma, as QEMU writes it', '/proc/71/cmdline', 'qemu\0-name\0guest=pay,,roll,debug-threads=on\0', ['guest pay,roll']],
    ['a guest with a comma, without another word', '/proc/71/cmdline', 'qemu\0-name\0pay,,roll,process=x\0', ['guest pay,roll']],
    ['a network of libvirt', '/etc/libvirt/qemu/networks/dmz.xml', '', ['network dmz']],
    ['no network that every host has', '/etc/libvirt/qemu/networks/default.xml', '', []],
    [
      'a machine whose files are mounted',
      '/proc/self/mountinfo',
      '36 1 0:31 / /mnt rw - nfs4 nas.corp:/export rw\n37 1 0:32 / /smb rw - cifs //files/share rw\n38 1 8:1 / / rw - ext4 /dev/sda1 rw\n',
      ['host nas.corp', 'host nas', 'host corp', 'host files'],
    ],
    ['a guest of a QEMU that was started by hand', '/proc/71/cmdline', 'qemu\0-name\0web\0', ['guest web']],
    ['the host, with and without its domain', '/etc/hostname', 'kvm7.example.com\n', ['host kvm7.example.com', 'host kvm7', 'host example.com']],
    ['a disk by its serial number', '/sys/block/sda/device/serial', ' S3EV NX0J99 \n', ['serial S3EV', 'serial NX0J99']],
    ['no device where there is no serial number', '/sys/block/sda/device/serial', '00000000\n', []],
    ['nothing else', '/proc/cmdline', 'root=/dev/sda\n', []],
  ])('is %s', (_, path, text, expected) => {
    expect(identifiersIn({ files: { [path]: { text } }, directories: {} }).map(({ kind, name }) => `${kind} ${name}`)).toEqual(expected);
  });

  it('is a guest that is not running by its definition', () => {
    expect(
      identifiersIn({ files: {}, directories: { '/etc/libvirt/qemu': ['networks', 'web.xml'], '/etc/libvirt/qemu/networks': ['autostart', 'dmz.xml'] } }),
    ).toEqual([
      { kind: 'guest', name: 'web' },
      { kind: 'network', name: 'dmz' },
    ]);
  });

  it('is no name that every host has, and no part of an address', () => {
    expect([...hostIdentifiers('localhost.localdomain'), ...hostIdentifiers('10.0.0.1')].map(({ name }) => name)).toEqual([
      'localhost.localdomain',
      '10.0.0.1',
    ]);
  });
});
