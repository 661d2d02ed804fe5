/** Units of the page: a unix socket for its owner, and a service over TCP for whoever sets one up. Neither is started by itself. */
import { CAPABILITIES, FLEET_DIRECTORY, HARDENING, LOAD_VFIO, STATE_DIRECTORY, unit } from './hardening.ts';

interface Service {
  readonly description: string;
  readonly start: string;
  readonly lines: readonly string[];
  readonly capabilities: readonly string[];
  readonly families: readonly string[];
}

function service({ description, start, lines, capabilities, families }: Service): string {
  return unit({
    Unit: [`Description=${description}`, 'Documentation=man:hostdev-ui(1)', 'After=network.target virtqemud.socket libvirtd.socket'],
    Service: [
      'Type=exec',
      `ExecStart=${start}`,
      // It ends as a program does that SIGTERM ends.
      'SuccessExitStatus=143',
      // What has begun is undone or ended first.
      'TimeoutStopSec=120',
      ...STATE_DIRECTORY,
      ...lines,
      ...HARDENING,
      FLEET_DIRECTORY,
      `CapabilityBoundingSet=${capabilities.join(' ')}`,
      `RestrictAddressFamilies=${families.join(' ')}`,
    ],
  });
}

export const PAGE_UNITS: Readonly<Record<string, string>> = {
  'hostdev-ui.socket': unit({
    Unit: ['Description=Page of hostdev, on a unix socket', 'Documentation=man:hostdev-ui(1)'],
    Socket: ['ListenStream=/run/hostdev/ui.sock', 'SocketUser=root', 'SocketGroup=root', 'SocketMode=0600', 'DirectoryMode=0755', 'RemoveOnStop=yes'],
    Install: ['WantedBy=sockets.target'],
  }),
  'hostdev-ui.service': service({
    description: 'Page of hostdev, on a unix socket',
    start: '/usr/bin/hostdev ui',
    lines: [LOAD_VFIO, 'IPAddressDeny=any'],
    capabilities: CAPABILITIES,
    families: ['AF_UNIX', 'AF_NETLINK'],
  }),
  'hostdev-ui-tcp.service': `${service({
    description: 'Page of hostdev, over TLS with a password',
    start: '/usr/bin/hostdev ui --listen ${LISTEN} --tls-cert ${TLS_CERT} --tls-key ${TLS_KEY} --password-file ${PASSWORD_FILE}',
    lines: ['EnvironmentFile=/etc/hostdev/ui.conf', 'Restart=on-failure'],
    capabilities: [...CAPABILITIES, 'CAP_SYS_MODULE', 'CAP_NET_BIND_SERVICE'],
    families: ['AF_UNIX', 'AF_NETLINK', 'AF_INET', 'AF_INET6'],
  })}\n${unit({ Install: ['WantedBy=multi-user.target'] })}`,
};
