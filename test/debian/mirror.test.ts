import { describe, expect, it } from 'vitest';
import { mirrorFrom } from '../../lab/debian/mirror.ts';

describe('the address of a mirror', () => {
  it.each([
    ['http://deb.debian.org/debian/', 'http://deb.debian.org/debian', 'http://deb.debian.org/debian-security'],
    ['https://mirror.example/pub/debian', 'https://mirror.example/pub/debian', 'https://mirror.example/pub/debian-security'],
    ['http://127.0.0.1:9', 'http://127.0.0.1:9', 'http://127.0.0.1:9/debian-security'],
    ['', 'http://deb.debian.org/debian', 'http://deb.debian.org/debian-security'],
  ])('%j is taken, and the security archive is beside it', (given, debian, security) => {
    expect(mirrorFrom({ HOSTDEV_DEBIAN_MIRROR: given }).archives).toEqual({ debian, security });
  });

  it.each(['deb.debian.org/debian', 'localhost:3142/debian', 'file:///srv/debian', 'http://user:secret@mirror/debian'])(
    '%s is refused by the name of the variable',
    (given) => {
      expect(() => mirrorFrom({ HOSTDEV_DEBIAN_MIRROR: given })).toThrow('HOSTDEV_DEBIAN_MIRROR is no address like http://deb.debian.org/debian');
      expect(() => mirrorFrom({ HOSTDEV_DEBIAN_MIRROR: given })).not.toThrow('secret');
    },
  );
});
