/** Where hostdev keeps what it has to remember. */

/** Where the journal of this machine is; HOSTDEV_STATE_DIR names another place. */
export function stateDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env['HOSTDEV_STATE_DIR'] ?? '/var/lib/hostdev';
}
