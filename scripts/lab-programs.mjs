/**
 * Programs that the laboratory runs, and the Debian package that has each.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const PROGRAMS = {
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  tar: 'tar',
  xz: 'xz-utils',
  mke2fs: 'e2fsprogs',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  openssl: 'openssl',
  ssh: 'openssh-client',
};
