/** Everything that a shell may have set and that hostdev, its tests, or a program they run could listen to. */
import { join } from 'node:path';

/** `root` and `home` are the trees of {@link layFiles}. */
export function strangeEnvironment(root: string, home: string, temporary: string): Readonly<Record<string, string>> {
  const cache = join(home, '.cache');
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TMPDIR: temporary,
    XDG_CACHE_HOME: cache,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_RUNTIME_DIR: join(root, 'run'),
    XDG_DATA_HOME: home,
    XDG_STATE_HOME: home,
    LIBVIRT_DEFAULT_URI: `qemu+unix:///system?socket=${join(root, 'run/libvirt/libvirt-sock')}`,
    LIBVIRT_AUTH_FILE: join(home, '.config/libvirt/auth.conf'),
    HOSTDEV_STATE_DIR: join(root, 'var/lib/hostdev'),
    HOSTDEV_LIBVIRT_SCHEMAS: join(root, 'usr/share/libvirt/schemas'),
    HOSTDEV_WRITE_TIMEOUT_MS: '1',
    SSH_CONNECTION: '192.0.2.9 50000 192.0.2.1 22',
    SUDO_USER: 'nobody in particular',
    USER: 'nobody in particular',
    LOGNAME: 'nobody in particular',
    LC_ALL: 'de_DE.UTF-8',
    LANG: 'tr_TR.UTF-8',
    LANGUAGE: 'de',
    TZ: 'Asia/Kathmandu',
    COLUMNS: '20',
    LINES: '5',
    TERM: 'dumb',
    NO_COLOR: '1',
    FORCE_COLOR: '3',
    CLICOLOR_FORCE: '1',
    POSIXLY_CORRECT: '1',
  };
}
