/** The unit of a host's agent: started by whoever has joined a fleet, never by the package. */
import { CAPABILITIES, FLEET_DIRECTORY, HARDENING, STATE_DIRECTORY, unit } from './hardening.ts';

export const AGENT_UNITS: Readonly<Record<string, string>> = {
  'hostdev-agent.service': unit({
    Unit: [
      'Description=Agent of a host of a fleet of hostdev',
      'Documentation=man:hostdev-agent(1)',
      'ConditionPathExists=/etc/hostdev/fleet.conf',
      'Wants=network-online.target',
      'After=network-online.target remote-fs.target virtqemud.socket libvirtd.socket',
    ],
    Service: [
      'Type=exec',
      'ExecStart=/usr/bin/hostdev agent',
      // It ends as a program does that SIGTERM ends.
      'SuccessExitStatus=143',
      // A fleet that is away is waited for inside; what ends it otherwise is a bug.
      ...['Restart=on-failure', 'RestartSec=30', 'TimeoutStopSec=30'],
      // It looks, and waits: guests come first.
      ...['MemoryHigh=256M', 'MemoryMax=512M', 'CPUQuota=50%', 'Nice=10'],
      ...STATE_DIRECTORY,
      ...HARDENING,
      FLEET_DIRECTORY,
      `CapabilityBoundingSet=${CAPABILITIES.filter((name) => name !== 'CAP_NET_ADMIN').join(' ')}`,
      'RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6',
    ],
    Install: ['WantedBy=multi-user.target'],
  }),
};
