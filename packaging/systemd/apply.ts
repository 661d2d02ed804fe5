/** Units that make a host at boot as files wish it: its functions before any guest starts, its guests once libvirt runs. Neither is started by itself. */
import { CAPABILITIES, FLEET_DIRECTORY, HARDENING, LOAD_VFIO, STATE_DIRECTORY, unit } from './hardening.ts';

/** Where the files are, and how they are called that are read (`wish-files/read-files.ts`). */
const WISHES = '/etc/hostdev';
const ENDINGS = ['yaml', 'yml', 'json'];

/** Daemons that start guests and networks by themselves, the first time they run after a boot. */
const DAEMONS = 'libvirtd.service virtqemud.service virtnetworkd.service';
/** It starts the guests that ran when the host went down. */
const GUESTS_OF_LAST_TIME = 'libvirt-guests.service';

interface Stage {
  readonly description: string;
  readonly order: readonly string[];
  readonly words: string;
  /** What it may reach besides. */
  readonly reaches: readonly string[];
}

function stage({ description, order, words, reaches }: Stage): string {
  return unit({
    Unit: [
      `Description=${description}`,
      'Documentation=man:hostdev-apply(1)',
      // One of them is enough.
      ...ENDINGS.map((ending) => `ConditionPathExistsGlob=|${WISHES}/*.${ending}`),
      ...order,
    ],
    Service: [
      'Type=oneshot',
      // It has been done until the next boot, and what comes behind may ask whether it went well.
      'RemainAfterExit=yes',
      // Not again by itself: the whole wish is undone when a part of it fails, and what was missing is missing the next minute too.
      'Restart=no',
      'TimeoutStartSec=300',
      `ExecStart=/usr/bin/hostdev apply --yes --wait=60 ${words}${WISHES}`,
      ...STATE_DIRECTORY,
      LOAD_VFIO,
      'IPAddressDeny=any',
      ...HARDENING,
      ...reaches,
      // What takes a function may be a module that nobody has loaded yet: the list above has it among what is privileged.
      'SystemCallFilter=@module',
      `CapabilityBoundingSet=${[...CAPABILITIES, 'CAP_SYS_MODULE'].join(' ')}`,
      'RestrictAddressFamilies=AF_UNIX AF_NETLINK',
    ],
    Install: ['WantedBy=multi-user.target'],
  });
}

export const APPLY_UNITS: Readonly<Record<string, string>> = {
  'hostdev-apply.service': stage({
    description: 'Functions of this host as the files in /etc/hostdev wish them',
    order: [
      // What the host uses is seen when it uses it: which card carries the default route, and which disk is mounted.
      'Wants=network-online.target',
      'After=network-online.target remote-fs.target',
      `Before=${DAEMONS} ${GUESTS_OF_LAST_TIME}`,
    ],
    // The daemon that is asked for guests waits for this unit to end: it must not be asked.
    words: '--host-only -f ',
    reaches: [],
  }),
  'hostdev-apply-guests.service': stage({
    description: 'Guests and pools of this host as the files in /etc/hostdev wish them',
    order: [
      'Requires=hostdev-apply.service',
      `After=hostdev-apply.service ${DAEMONS} libvirtd.socket virtqemud.socket virtnetworkd.socket`,
      `Before=${GUESTS_OF_LAST_TIME}`,
    ],
    words: '-f ',
    // On a host of a fleet guests get functions under claims.
    reaches: [FLEET_DIRECTORY],
  }),
};
