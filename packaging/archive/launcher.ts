/** `bin/hostdev` of an archive: finds its own place, through symbolic links, and starts the Node that lies beside it. */

import { PROGRAM } from '../stage.ts';

/** Where the command is in an archive. */
export const PROGRAM_DIRECTORY = 'lib/hostdev';

/** Where Node is in an archive; what starts it may be a loader that has to be told where libraries are. */
export interface BundledNode {
  readonly directory: string;
  readonly loader?: string;
}

export function launcher({ directory, loader }: BundledNode): string {
  const place = `"$here/${directory}`;
  const start = loader === undefined ? `${place}/node"` : `${place}/${loader}" --library-path ${place}" ${place}/node"`;
  return `#!/bin/sh
self=$0
while [ -h "$self" ]; do
    target=$(readlink "$self")
    case $target in
        /*) self=$target ;;
        *) self=\${self%/*}/$target ;;
    esac
done
here=$(CDPATH='' cd -- "\${self%/*}/.." && pwd -P) || exit 1
${loader === undefined ? '' : `exec 9< ${place}/share"\n`}exec ${start} "$here/${PROGRAM_DIRECTORY}/${PROGRAM}" "$@"
`;
}
