/** The hosts on which 0.1.0 wrote these rules, as functions and files of a fake kernel. */

const SUBSYSTEM = { subsystem_vendor: '0x8086', subsystem_device: '0xa03c' };

export const HOSTS = {
  pc: {
    functions: [
      {
        address: '0000:02:00.0',
        vendor: 0x8086,
        device: 0x10c9,
        driver: 'igb',
        iommuGroup: 1,
        netdev: 'eno1',
        sriov: { total: 7, driver: 'igbvf' },
        attributes: { ...SUBSYSTEM, modalias: 'pci:v00008086d000010C9sv00008086sd0000A03Cbc02sc00i00' },
      },
      {
        address: '0000:03:00.0',
        vendor: 0x10de,
        device: 0x1eb8,
        driver: 'nouveau',
        iommuGroup: 2,
        attributes: { modalias: 'pci:v000010DEd00001EB8sv0sd0bc03sc02i00' },
      },
      { address: '0000:04:00.0', vendor: 0x10de, device: 0x1eb8, driver: 'nouveau', iommuGroup: 3 },
      {
        address: '0000:05:00.0',
        vendor: 0x144d,
        device: 0xa80a,
        driver: 'nvme',
        iommuGroup: 4,
        express: true,
        attributes: { modalias: 'pci:v0000144Dd0000A80Asv0sd0bc01sc08i02' },
      },
    ],
    files: {
      '/sys/class/net/eno1/address': '52:54:00:00:02:00\n',
      '/proc/sys/kernel/osrelease': '6.12\n',
      '/lib/modules/6.12/modules.alias': [
        'alias pci:v00008086d000010C9sv*sd*bc*sc*i* igb',
        'alias pci:v*d*sv*sd*bc01sc08i02* nvme',
        'alias pci:v000010DEd*sv*sd*bc03sc*i* nouveau',
        'alias pci:v000010DEd*sv*sd*bc03sc*i* nvidia-drm',
        '',
      ].join('\n'),
      '/etc/initramfs-tools/hooks/lvm2': '#!/bin/sh\n',
      '/etc/dracut.conf.d/10-debian.conf': '\n',
      '/etc/mkinitcpio.conf.d/arch.conf': '\n',
      '/etc/modprobe.d/nvidia.conf': 'install nvidia-drm /bin/false\n',
    },
    serials: { '0000:05:00.0': [0x00, 0x25, 0x38, 0xb1, 0x11, 0x04, 0x9c, 0x5e] },
    keep: ['0000:03:00.0', '0000:05:00.0'],
    vfs: [{ pf: '0000:02:00.0', count: 4, settings: { 1: { mac: '52:54:00:00:00:09', vlan: '42', trust: 'on' }, 3: { spoofchk: 'off', rate: '100' } } }],
  },
  z: {
    functions: [
      { address: '0002:00:00.0', vendor: 0x15b3, device: 0x1016, driver: 'mlx5_core', iommuGroup: 1, fid: 0x17, netdev: 'eno1' },
      { address: '0021:00:00.0', vendor: 0x1014, device: 0x04ed, driver: 'ism', iommuGroup: 2, fid: 0x21, attributes: { uid: '0x21', uid_is_unique: '1' } },
    ],
    files: { '/sys/class/net/eno1/address': '82:0c:9d:00:00:17\n', '/etc/dracut.conf.d/zfcp.conf': '\n' },
    serials: {},
    keep: ['0002:00:00.0', '0021:00:00.0'],
    vfs: [],
  },
};

/** A machine whose functions have these serial numbers in their configuration space, where a fake kernel has none. */
export function withSerials(port, serials) {
  const configs = new Map(
    Object.entries(serials).map(([address, bytes]) => {
      const config = new Uint8Array(4096);
      // One extended capability: Device Serial Number, version 1, and no next one.
      config.set([0x03, 0x00, 0x01, 0x00, ...bytes], 0x100);
      return [`/sys/bus/pci/devices/${address}/config`, config];
    }),
  );
  return { ...port, read: async (path, limit) => configs.get(path)?.slice(0, limit) ?? port.read(path, limit) };
}
