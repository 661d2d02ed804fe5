/** Debian's archives on a mirror, and the places where a file of them can be. */
import type { ArchiveName, PoolFile } from './package.ts';

export interface Mirror {
  /** Address of each archive, without a slash at its end. */
  readonly archives: Readonly<Record<ArchiveName, string>>;
  /** Address below which the snapshot archive has them by date; it is asked, but nothing is wrong when it cannot be reached. */
  readonly snapshot: string;
}

/** The mirror that the environment names, or Debian's own. */
export function mirrorFrom(env: Readonly<Record<string, string | undefined>>): Mirror {
  const address = (name: string, usual: string): string => {
    const given = env[name];
    const text = (given === undefined || given.trim() === '' ? usual : given.trim()).replace(/\/+$/, '');
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
      throw new Error(`${name} is no address like ${usual}`);
    }
    return text;
  };
  const debian = address('HOSTDEV_DEBIAN_MIRROR', 'http://deb.debian.org/debian');
  return {
    archives: {
      debian,
      security: address('HOSTDEV_DEBIAN_SECURITY_MIRROR', new URL(debian).pathname === '/' ? `${debian}/debian-security` : `${debian}-security`),
    },
    snapshot: address('HOSTDEV_DEBIAN_SNAPSHOT', 'http://snapshot.debian.org/archive'),
  };
}

/** One place to ask for a file. */
export interface Place {
  readonly url: string;
  /** Whether it has to answer: what cannot be asked here is no proof that a file is gone. */
  readonly mustAnswer: boolean;
}

/**
 * Where to look for a file: its own archive's pool, the other pool, each with and without the `updates/` of the security archive;
 * then the snapshot archive at a date (ISO 8601), for those who reach it.
 */
export function placesOf(file: PoolFile, mirror: Mirror, date: string | undefined): Place[] {
  const plain = file.path.replace(/^pool\/updates\//, 'pool/');
  const updates = plain.replace(/^pool\//, 'pool/updates/');
  const { debian, security } = mirror.archives;
  const inDebian = [`${debian}/${plain}`];
  const inSecurity = file.path === plain ? [`${security}/${plain}`, `${security}/${updates}`] : [`${security}/${updates}`, `${security}/${plain}`];
  const pools = file.archive === 'debian' ? [...inDebian, ...inSecurity] : [...inSecurity, ...inDebian];
  const places = pools.map((url) => ({ url, mustAnswer: true }));
  if (date === undefined) return places;
  const stamp = `${date.replaceAll(/[-:]/g, '').slice(0, 15)}Z`;
  const snapshots = [`debian/${stamp}/${plain}`, `debian-security/${stamp}/${updates}`, `debian-security/${stamp}/${plain}`];
  const dated = snapshots.map((path) => ({ url: `${mirror.snapshot}/${path}`, mustAnswer: false }));
  return [...places, ...(file.archive === 'debian' ? dated : [...dated.slice(1), ...dated.slice(0, 1)])];
}
