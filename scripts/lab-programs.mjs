/**
 * Programs of the machine that the laboratory runs, and the Debian package that has each; everything else it brings itself.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const PROGRAMS = {
  tar: 'tar',
  xz: 'xz-utils',
  unshare: 'util-linux',
  setpriv: 'util-linux',
};
