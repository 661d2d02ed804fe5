/** systemd units of the page: a unix socket for its owner, and a service over TCP for whoever sets one up. Neither is started by itself. */

/** What the service may not do, whatever is wrong with it: systemd.exec(5). Each line that is missing here would take something that the page needs. */
const HARDENING = [
  ...['NoNewPrivileges=yes', 'LockPersonality=yes', 'RestrictRealtime=yes', 'RestrictSUIDSGID=yes', 'RestrictNamespaces=yes', 'RemoveIPC=yes', 'UMask=0077'],
  ...['KeyringMode=private', 'SystemCallArchitectures=native', 'SystemCallErrorNumber=EPERM', 'SystemCallFilter=@system-service'],
  ...['SystemCallFilter=~@resources @obsolete @privileged', 'ProtectClock=yes', 'ProtectHostname=yes', 'ProtectKernelLogs=yes', 'ProtectControlGroups=yes'],
  // The page writes sysfs, rules for the next boots, and its journal. ProtectKernelTunables= would keep it from the first.
  'ProtectSystem=strict',
  `ReadWritePaths=/sys -/run/hostdev -/etc/udev -/etc/modprobe.d -/etc/dracut.conf.d -/etc/initramfs-tools -/etc/mkinitcpio.conf.d`,
  // What is mounted on the host stays in mountinfo, below what is put over it: a disk is in use all the same.
  ...['ProtectHome=read-only', 'PrivateTmp=yes', 'PrivateMounts=yes'],
  'DevicePolicy=closed',
];

/**
 * Of root's powers: the whole config space of functions (SYS_ADMIN), who holds /dev/vfio (SYS_PTRACE, DAC_READ_SEARCH), settings of virtual
 * functions (NET_ADMIN).
 */
const CAPABILITIES = ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH', 'CAP_NET_ADMIN'];

interface Service {
  readonly description: string;
  readonly start: string;
  readonly lines: readonly string[];
  readonly capabilities: readonly string[];
  readonly families: readonly string[];
}

function service({ description, start, lines, capabilities, families }: Service): string {
  return section({
    Unit: [`Description=${description}`, 'Documentation=man:hostdev-ui(1)', 'After=network.target virtqemud.socket libvirtd.socket'],
    Service: [
      'Type=exec',
      `ExecStart=${start}`,
      // It ends as a program does that SIGTERM ends.
      'SuccessExitStatus=143',
      // What has begun is undone or ended first.
      'TimeoutStopSec=120',
      'StateDirectory=hostdev',
      'StateDirectoryMode=0755',
      ...lines,
      ...HARDENING,
      `CapabilityBoundingSet=${capabilities.join(' ')}`,
      `RestrictAddressFamilies=${families.join(' ')}`,
    ],
  });
}

/** The files, by name. */
export const UNITS: Readonly<Record<string, string>> = {
  'hostdev-ui.socket': section({
    Unit: ['Description=Page of hostdev, on a unix socket', 'Documentation=man:hostdev-ui(1)'],
    Socket: ['ListenStream=/run/hostdev/ui.sock', 'SocketUser=root', 'SocketGroup=root', 'SocketMode=0600', 'DirectoryMode=0755', 'RemoveOnStop=yes'],
    Install: ['WantedBy=sockets.target'],
  }),
  'hostdev-ui.service': service({
    description: 'Page of hostdev, on a unix socket',
    start: '/usr/bin/hostdev ui',
    // Modules are loaded before, by what ends then: the page itself may load none.
    lines: ['ExecStartPre=-+/sbin/modprobe -q vfio-pci', 'IPAddressDeny=any'],
    capabilities: CAPABILITIES,
    families: ['AF_UNIX', 'AF_NETLINK'],
  }),
  'hostdev-ui-tcp.service': `${service({
    description: 'Page of hostdev, over TLS with a password',
    start: '/usr/bin/hostdev ui --listen ${LISTEN} --tls-cert ${TLS_CERT} --tls-key ${TLS_KEY} --password-file ${PASSWORD_FILE}',
    lines: ['EnvironmentFile=/etc/hostdev/ui.conf', 'Restart=on-failure'],
    capabilities: [...CAPABILITIES, 'CAP_SYS_MODULE', 'CAP_NET_BIND_SERVICE'],
    families: ['AF_UNIX', 'AF_NETLINK', 'AF_INET', 'AF_INET6'],
  })}\n${section({ Install: ['WantedBy=multi-user.target'] })}`,
};

function section(sections: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(sections)
    .map(([name, lines]) => `[${name}]\n${lines.map((line) => `${line}\n`).join('')}`)
    .join('\n');
}
