/** Debian's Ansible, and the Python that it is written in, on a disk for the emulated PC, whose own packages have neither. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { cachedTree, setFingerprint } from '../debian/tree.ts';
import { makeExt4 } from '../machine/ext4.ts';

const BYTES = 512 * 1024 * 1024;

/** The image, made when it is missing. */
export async function ansibleDisk(): Promise<string> {
  const key = createHash('sha256').update(setFingerprint('ansible')).digest('hex').slice(0, 8);
  const directory = await cached(`ansible-disk-${key}`, async (building) => {
    await makeExt4(await cachedTree('ansible'), join(building, 'disk.ext4'), BYTES, ['-O', '^has_journal,^metadata_csum']);
  });
  return join(directory, 'disk.ext4');
}

const MOUNTED = '/mnt';
const LIBRARIES = `${MOUNTED}/usr/lib/x86_64-linux-gnu`;

/**
 * Shell words that mount the disk and make programs of what is on it: `python` in /run/ansible, and Ansible's own. Python is started by its own
 * loader with its own libraries, of which the host has others or none; what it starts has the host's again.
 */
export const SET_UP_ANSIBLE = `mount -o ro /dev/vdb ${MOUNTED}
mkdir -p /run/ansible/tmp
cat > /run/ansible/python <<'END'
#!/bin/sh
export LOCPATH=${MOUNTED}/usr/lib/locale PYTHONHOME=${MOUNTED}/usr PYTHONPATH=${MOUNTED}/usr/lib/python3/dist-packages PYTHONPYCACHEPREFIX=/run/ansible/compiled
exec ${LIBRARIES}/ld-linux-x86-64.so.2 --library-path ${LIBRARIES} ${MOUNTED}/usr/bin/python3 "$@"
END
for name in ansible-playbook ansible-galaxy; do
  printf '#!/bin/sh\\nexec /run/ansible/python ${MOUNTED}/usr/bin/%s "$@"\\n' $name > /run/ansible/$name
done
chmod 755 /run/ansible/python /run/ansible/ansible-*
`;

/** What a shell has to have that runs Ansible: the host that it is on is the one that it changes. */
export const ANSIBLE_ENVIRONMENT = `export PATH=/run/ansible:$PATH HOME=/run/ansible LC_ALL=C.UTF-8
export ANSIBLE_LOCAL_TEMP=/run/ansible/tmp ANSIBLE_REMOTE_TEMP=/run/ansible/tmp ANSIBLE_COLLECTIONS_PATH=/run/ansible/collections
export ANSIBLE_PIPELINING=1 ANSIBLE_NOCOLOR=1 ANSIBLE_RETRY_FILES_ENABLED=0 ANSIBLE_PYTHON_INTERPRETER=/run/ansible/python
`;
