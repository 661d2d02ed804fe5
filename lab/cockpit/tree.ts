/** Debian's Cockpit in a directory of its own: its packages, what their scripts would have made, and a user who may become root. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cached } from '../cache.ts';
import { completeTree } from '../debian/complete.ts';
import { installTree, ownArchitecture, setFingerprint } from '../debian/tree.ts';
import { run } from '../process.ts';

/** Who signs in. The password is known to everybody and good for nothing: the server listens on loopback, in mounts of its own, while a test runs. */
export const USER = { name: 'alice', uid: 1000, home: '/home/alice', password: 'correct horse battery' } as const;

const FILES: Readonly<Record<string, string>> = {
  'etc/passwd': `root:x:0:0:root:/root:/bin/bash\nmessagebus:x:100:101::/nonexistent:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n${USER.name}:x:${USER.uid}:${USER.uid}:Alice:${USER.home}:/bin/bash\n`,
  'etc/group': `root:x:0:\ntty:x:5:\nshadow:x:42:\nmessagebus:x:101:\nnogroup:x:65534:\n${USER.name}:x:${USER.uid}:\n`,
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n',
  'etc/hosts': '127.0.0.1 localhost\n',
  'etc/hostname': 'cockpit-host\n',
  'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
  // What pam-auth-update writes where there is nothing but passwd and shadow.
  'etc/pam.d/common-auth': 'auth required pam_unix.so\n',
  'etc/pam.d/common-account': 'account required pam_unix.so\n',
  'etc/pam.d/common-password': 'password required pam_unix.so\n',
  'etc/pam.d/common-session': 'session required pam_unix.so\n',
  'etc/pam.d/common-session-noninteractive': 'session required pam_unix.so\n',
  'etc/default/locale': '',
  'etc/environment': '',
  // There is no systemd that would start it when somebody comes.
  'etc/cockpit/cockpit.conf': '[Basic]\nCommand = /usr/lib/cockpit/cockpit-session\n',
};

const DIRECTORIES = ['etc/default', 'etc/pam.d', 'etc/cockpit', 'etc/sudoers.d', 'home', 'sys/bus/pci', 'var/lib/cockpit', 'var/tmp', 'run/lock'];

/** Cockpit's own pages, which the shell loads whether somebody looks at them or not. They want systemd and a bus of the user's. */
const PAGES = ['usr/share/cockpit/systemd', 'usr/share/cockpit/users', 'usr/share/cockpit/metrics'];

/** The tree, made when it is missing. */
export async function cockpitTree(): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify([setFingerprint('cockpit'), FILES, DIRECTORIES, PAGES, USER]));
  const directory = await cached(`cockpit-${ownArchitecture()}-${key.digest('hex').slice(0, 8)}`, async (building) => {
    await installTree(building, 'cockpit');
    const tree = join(building, 'tree');
    for (const name of new Set(Object.keys(FILES).map((file) => dirname(file)))) await mkdir(join(tree, name), { recursive: true });
    await completeTree(tree, { files: FILES, unused: PAGES, directories: DIRECTORIES, busyboxLinks: [] });
    const hash = (await run('openssl', ['passwd', '-6', '-stdin'], { input: USER.password })).trim();
    await writeFile(join(tree, 'etc/shadow'), `root:*:20000:0:99999:7:::\n${USER.name}:${hash}:20000:0:99999:7:::\n`, { mode: 0o640 });
    await writeFile(join(tree, 'etc/sudoers.d/lab'), `${USER.name} ALL=(ALL) NOPASSWD: ALL\n`, { mode: 0o440 });
    await mkdir(join(tree, USER.home), { recursive: true });
    await run('chown', [`${USER.uid}:${USER.uid}`, join(tree, USER.home)]);
    await chmod(join(tree, 'tmp'), 0o1777);
  });
  return join(directory, 'tree');
}
