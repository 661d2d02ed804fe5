/** What dpkg runs when the package comes and goes (deb-postinst(5), deb-prerm(5), deb-postrm(5)). */
import { PROGRAM } from '../stage.ts';

/** Where the command is installed, and where a copy of it stays for whoever purges the package after it has been removed. */
export const INSTALLED = '/usr/share/hostdev';
const STATE = '/var/lib/hostdev';
const KEPT = `${STATE}/program`;

/** systemd learns of the page's units; none is started by itself. */
export const POSTINST = `#!/bin/sh
set -e
[ "$1" = configure ] && [ -d /run/systemd/system ] || exit 0
systemctl daemon-reload || true
`;

/** Removing takes nothing back: functions stay with guests, and rules in force. It is told, and what purging needs is kept. */
export const PRERM = `#!/bin/sh
set -e
[ "$1" = remove ] || exit 0
# The page is served by what goes now.
[ ! -d /run/systemd/system ] || systemctl stop hostdev-ui.socket hostdev-ui.service hostdev-ui-tcp.service hostdev-agent.service || true
[ -e ${STATE}/journal ] || exit 0
rm -rf ${KEPT}
cp -R ${INSTALLED} ${KEPT}
if said=$(hostdev undo --dry-run 2>&1); then
    echo "hostdev: removing the package takes nothing back; purging it would do this:"
else
    echo "hostdev: removing the package takes nothing back, and purging it could not:"
fi
echo "$said" | sed 's/^/  /'
`;

/** Purging takes back what is in force, and stops where that is not known. */
export const POSTRM = `#!/bin/sh
set -e
[ "$1" = purge ] || exit 0
if [ -e ${STATE}/journal ]; then
    program=${KEPT}/${PROGRAM}
    if ! command -v node > /dev/null || [ ! -e "$program" ]; then
        echo "hostdev: what it changed cannot be taken back without Node and its program; install hostdev again, then purge it" >&2
        exit 1
    fi
    if ! node "$program" undo --yes; then
        echo "hostdev: purging stops here and can be tried again; the command is still there as: node $program" >&2
        exit 1
    fi
fi
rm -rf ${STATE}
`;
