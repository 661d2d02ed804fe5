/** How ssh is called for a command on another machine. */

export interface SshCall {
  /** Options of the user's, before the host. */
  readonly options: readonly string[];
  readonly host: string;
  /** For the login shell there. */
  readonly command: string;
}

/** No terminal and no escape signs: bytes come through as they are. The host stands where no option is read any more. */
export function sshArguments({ options, host, command }: SshCall): string[] {
  return ['-T', '-e', 'none', ...options, '--', host, command];
}
